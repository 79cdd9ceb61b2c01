/**
 * Time limits of what is started on a machine that others keep busy. A moment counts as much as a program got of it: where
 * eight want to run on two processors, a quarter. So a busy machine makes a run longer, and no server late.
 */
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';

/** However busy the machine is, a limit is over after so many times its length. */
export const mostStretch = 20;

const lookEveryMs = 100;
/** Who asks sooner again is told what the last look showed: a moment never counts more than it lasts. */
const shortestLookMs = 10;

/** How much of a moment counts. `running` wanted a processor, whoever asks among them. */
export function shareOf(running: number, processors: number): number {
  return Math.max(1 / mostStretch, Math.min(1, processors / Math.max(1, running)));
}

/** Those that run or want to, by proc(5), loadavg. Who cannot be told of makes nothing longer. */
function runningNow(): number {
  try {
    return Number(/ (\d+)\/\d+ /.exec(readFileSync('/proc/loadavg', 'utf8'))?.[1] ?? 1);
  } catch {
    return 1;
  }
}

/** For whoever waits without an event loop, and asks again and again what is left. */
export class UnhurriedLimit {
  private leftMs: number;
  private looked = performance.now();

  constructor(
    limitMs: number,
    private readonly share: () => number = () => shareOf(runningNow(), availableParallelism()),
  ) {
    this.leftMs = limitMs;
  }

  get isOver(): boolean {
    this.look();
    return this.leftMs <= 0;
  }

  /** How long to wait at the most before one looks again, in ms. */
  get nextLookMs(): number {
    this.look();
    return Math.max(0, Math.min(lookEveryMs, this.leftMs));
  }

  private look(): void {
    const now = performance.now();
    if (now - this.looked < Math.min(shortestLookMs, this.leftMs)) return;
    this.leftMs -= (now - this.looked) * this.share();
    this.looked = now;
  }
}

/** Resolves when the limit is over, or at once when the signal fires. */
export async function limitOver(limitMs: number, signal: AbortSignal, share?: () => number): Promise<void> {
  const limit = new UnhurriedLimit(limitMs, share);
  while (!signal.aborted) {
    const waitMs = limit.nextLookMs;
    if (waitMs === 0) return;
    await delay(Math.ceil(waitMs), undefined, { signal }).catch(() => {});
  }
}

/** As `limitOver`, for whoever waits for something else. @returns what ends the limit: nothing is called after it */
export function whenOver(limitMs: number, over: () => void): () => void {
  const limit = new AbortController();
  void limitOver(limitMs, limit.signal).then(() => {
    if (!limit.signal.aborted) over();
  });
  return () => limit.abort();
}
