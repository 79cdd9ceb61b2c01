import type { WriteStream } from 'node:tty';
import { LiveLine } from './live-line.js';

/**
 * Shows what a long command is doing, on standard error: one line that is rewritten on a terminal; elsewhere a
 * line a step, without how far it is.
 */
export class StepLine {
  readonly #line: LiveLine;
  #lastStep = '';

  constructor(private readonly stream: WriteStream) {
    this.#line = new LiveLine(stream);
  }

  /** @param step `what: how far` */
  show(step: string): void {
    if (this.#line.isLive) {
      this.#line.rewrite(step);
      return;
    }
    const what = step.split(': ')[0]!;
    if (what === this.#lastStep) return;
    this.#lastStep = what;
    this.stream.write(`${what}\n`);
  }

  end(): void {
    this.#line.clear();
  }
}
