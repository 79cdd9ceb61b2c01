import { setTimeout as delay } from 'node:timers/promises';
import type { HeldMounts } from './mount-mark.js';
import { commandName, killAll, killMarked, processesMarked } from './processes.js';

/** The mark of a workload's own processes in their environment, those it leaves in the background included. */
export const workloadMark = 'PLUGPULL_WORKLOAD';

/**
 * strace writes what it still holds when the last traced process is gone; a log cut here would be a doubt. Looks are
 * counted, not time: on a busy machine it takes longer, and so does each look.
 */
const mostLooks = 2000;
const pauseMs = 5;

/** Ends what a traced command left behind, then gives strace the time to write down how it ended. */
export async function endTraced(id: string, mounts: HeldMounts): Promise<void> {
  killTraced(id);
  // What threw its environment away.
  mounts.killAll(isTracer);
  for (let left = mostLooks; left > 0; left--) {
    const there = processesMarked(workloadMark, id);
    if (there.length === 0) return;
    // In the middle of execve(2) a process has no environment (proc(5)), and nobody saw it.
    killAll(there.filter((pid) => !isTracer(pid)));
    await delay(pauseMs);
  }
}

/** Kills what is traced, and leaves strace to write the end of its log. */
export function killTraced(id: string): void {
  killMarked(workloadMark, id, isTracer);
}

function isTracer(pid: number): boolean {
  return commandName(pid) === 'strace';
}
