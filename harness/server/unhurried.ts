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

/** Resolves when the limit is over, or at once when the signal fires. */
export async function limitOver(
  limitMs: number,
  signal: AbortSignal,
  share: () => number = () => shareOf(runningNow(), availableParallelism()),
): Promise<void> {
  let leftMs = limitMs;
  while (leftMs > 0 && !signal.aborted) {
    const waitMs = Math.min(lookEveryMs, leftMs);
    const before = performance.now();
    await delay(waitMs, undefined, { signal }).catch(() => {});
    leftMs -= Math.max(waitMs, performance.now() - before) * share();
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
