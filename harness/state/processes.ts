import { readFileSync } from 'node:fs';
import { processIds } from './process-state.js';
import { runMark } from './run-space.js';

/** Processes with a mark `NAME=value` in the environment they were started with. */
export function processesMarked(name: string, value: string): number[] {
  const wanted = `${name}=${value}`;
  return processIds().filter((pid) => pid !== process.pid && environmentOf(pid).includes(wanted));
}

/** The run that a process was started by, as its environment has it; null where none has left its mark. */
export function markOf(pid: number): string | null {
  const begin = `${runMark}=`;
  return (
    environmentOf(pid)
      .find((variable) => variable.startsWith(begin))
      ?.slice(begin.length) ?? null
  );
}

/** What a process was started with, `NAME=value` each; nothing where it is gone, or not ours to look at. */
function environmentOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  } catch {
    return [];
  }
}

/** On a busy machine it takes a while until who was killed comes to end; what waits in the kernel for ever is not waited for. */
const patience = { rounds: 500, pauseMs: 10 };

/** Kills every process of a run but this one and those to spare, until none is left. Returns how many there were. */
export function killMarked(name: string, value: string, spare?: (pid: number) => boolean): number {
  return killUntilGone(() => processesMarked(name, value), spare);
}

/** The same for processes that are found in another way, looked for in so many rounds. */
export function killUntilGone(
  find: () => number[],
  spare: (pid: number) => boolean = () => false,
  { rounds, pauseMs } = patience,
): number {
  let killed = 0;
  for (let round = 0; round < rounds; round++) {
    const pids = find().filter((pid) => !spare(pid));
    if (pids.length === 0) break;
    killed += killAll(pids);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pauseMs);
  }
  return killed;
}

/** Kills processes once; returns how many there still were. */
export function killAll(pids: readonly number[]): number {
  let killed = 0;
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL');
      killed++;
    } catch {
      // Gone meanwhile.
    }
  }
  return killed;
}

/** A process's name, as proc(5) has it in `comm`; null when it is gone. */
export function commandName(pid: number): string | null {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trimEnd();
  } catch {
    return null;
  }
}

/** Kills what a run started. */
export function killRun(runId: string): number {
  return killMarked(runMark, runId);
}
