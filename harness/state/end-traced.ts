import { setTimeout as delay } from 'node:timers/promises';
import type { HeldMounts } from './mount-mark.js';
import { commandName, killMarked, processesMarked } from './processes.js';

/** The mark of a workload's own processes in their environment, those it leaves in the background included. */
export const workloadMark = 'PLUGPULL_WORKLOAD';

/** strace writes what it still holds when the last traced process is gone; a log cut here would be a doubt. */
const tracerEndMs = 5000;

/** Ends what a traced command left behind, then gives strace the time to write down how it ended. */
export async function endTraced(id: string, mounts: HeldMounts): Promise<void> {
  killTraced(id);
  // What threw its environment away.
  mounts.killAll(isTracer);
  const deadline = performance.now() + tracerEndMs;
  while (processesMarked(workloadMark, id).length > 0 && performance.now() < deadline) await delay(5);
}

/** Kills what is traced, and leaves strace to write the end of its log. */
export function killTraced(id: string): void {
  killMarked(workloadMark, id, isTracer);
}

function isTracer(pid: number): boolean {
  return commandName(pid) === 'strace';
}
