import type { WriteStream } from 'node:tty';
import { headLine } from '../../reports/terminal/run-lines.js';
import { type Screen, screenOf } from '../../reports/terminal/screen.js';
import { escaped } from '../../reports/words/escaped.js';
import { visible } from '../../reports/words/visible.js';
import type { ExplorationProgress } from '../explore/exploration.js';
import type { SessionObserver } from '../run/session.js';
import { shortCount } from '../verdict/short-count.js';
import { called } from './called-as.js';
import { LiveLine } from './live-line.js';

/**
 * What a run shows while it goes on: one line that is rewritten on a terminal; elsewhere, a plain line now and
 * then. Always on standard error, so that standard output is the results' alone.
 */
export class Status implements SessionObserver {
  readonly #screen: Screen;
  readonly #line: LiveLine;
  #prefix = '';
  #runs = 0;
  #startedMs = Date.now();
  #lastMs = 0;
  #recoveries = 0;
  #leastLeft = Number.POSITIVE_INFINITY;
  /** The user's time for all of it. */
  #limitMs: number | null = null;

  constructor(
    private readonly stream: WriteStream,
    /** Which finished runs get a line: where the results follow at once, that of an only run would stand there twice. */
    private readonly finished: 'all' | 'of several' | 'none',
  ) {
    this.#line = new LiveLine(stream);
    this.#screen = screenOf(stream, called());
  }

  runStarted(
    { loaded }: Parameters<NonNullable<SessionObserver['runStarted']>>[0],
    position: number,
    total: number,
  ): void {
    this.#runs = total;
    const digits = String(total).length;
    this.#prefix = `[${String(position + 1).padStart(digits)}/${total}] ${visible(loaded.scenario.name)}`;
    this.#startedMs = Date.now();
    this.#lastMs = 0;
    this.#recoveries = 0;
    this.#leastLeft = Number.POSITIVE_INFINITY;
    this.#limitMs = loaded.scenario.explore.budget.time ?? null;
  }

  step(step: string): void {
    if (this.#line.isLive) this.#line.rewrite(`${this.#prefix}: ${step}`);
  }

  progress(progress: ExplorationProgress): void {
    const now = Date.now();
    const everyMs = this.#line.isLive ? 100 : 10_000;
    // Another recording is explored from its beginning: its own pace says how long that takes.
    if (this.#lastMs === 0 || progress.recoveries < this.#recoveries) {
      this.#startedMs = now;
      this.#leastLeft = Number.POSITIVE_INFINITY;
    }
    this.#recoveries = progress.recoveries;
    if (now - (this.#lastMs || this.#startedMs) < everyMs) {
      this.#lastMs ||= now;
      return;
    }
    this.#lastMs = now;
    const { points, pointsDone, states, totalStates, recoveries, violations } = progress;
    const seconds = Math.max(0.001, (now - this.#startedMs) / 1000);
    const left = this.#falling(
      pointsDone > 0 ? Math.ceil((seconds / pointsDone) * (points - pointsDone)) : null,
      seconds,
    );
    const parts = [
      `${shortCount(states)} of ${shortCount(totalStates)} states proven`,
      `${recoveries} recoveries, ${Math.round(recoveries / seconds)}/s`,
      ...(left === null ? [] : [`about ${left} s left`]),
      ...(violations > 0 ? [this.#screen.paint.red(`${violations} violated`)] : []),
    ];
    const line = `${this.#prefix}: ${parts.join(', ')}`;
    if (this.#line.isLive) this.#line.rewrite(line);
    else this.stream.write(`${line}\n`);
  }

  /** The time left as far as it falls: where it turns out to be longer than was said, nothing is said for a while. */
  #falling(estimate: number | null, seconds: number): number | null {
    const limited =
      this.#limitMs === null
        ? estimate
        : Math.min(
            estimate ?? Number.POSITIVE_INFINITY,
            Math.max(0, Math.ceil(this.#limitMs / 1000 - seconds)),
          );
    if (limited === null || limited > this.#leastLeft) return null;
    this.#leastLeft = limited;
    return limited;
  }

  runFinished(result: Parameters<NonNullable<SessionObserver['runFinished']>>[0]): void {
    this.#line.clear();
    const isShown = this.finished === 'all' || (this.finished === 'of several' && this.#runs > 1);
    if (isShown) this.stream.write(`${headLine(escaped(result), this.#screen)}\n`);
  }

  warning(text: string): void {
    this.#line.clear();
    this.stream.write(`${this.#screen.paint.yellow('warning')}: ${visible(text)}\n`);
  }

  end(): void {
    this.#line.clear();
  }
}
