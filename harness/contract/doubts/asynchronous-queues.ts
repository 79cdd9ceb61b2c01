import type { Call } from '../../syscalls/call.js';
import type { InjectedError } from '../../syscalls/strace-command.js';

/**
 * io_uring(7) changes files without system calls, and what io_submit(2) was given is written some time later. A kernel
 * without them answers io_uring_setup(2) and io_setup(2) with ENOSYS, and programs that are made for more than one kernel
 * then use other system calls.
 */
export const queuesRefused: InjectedError = {
  calls: ['io_uring_setup', 'io_setup'],
  errno: 'ENOSYS',
  first: 1,
  // The most that strace counts.
  count: 65_534,
};

/** Did the program get a ring, or have something done by io_submit? */
export function usesQueues(calls: readonly Call[]): boolean {
  return calls.some(({ name, result }) => gives.includes(name) && result.kind === 'value');
}

const gives = ['io_uring_setup', 'io_submit'];
const asksFor = { io_uring_setup: 'io_uring', io_setup: 'asynchronous input and output (io_setup)' };

/** What a reader has to know of a run that asked for such and got none; null for others. */
export function queuesNote(calls: readonly Call[]): string | null {
  if (usesQueues(calls)) return null;
  const refused = Object.entries(asksFor).flatMap(([asked, words]) =>
    calls.some(({ name, result }) => name === asked && result.kind === 'error' && result.errno === 'ENOSYS')
      ? [words]
      : [],
  );
  if (refused.length === 0) return null;
  return `the program asked for ${refused.join(' and for ')} and was refused it (ENOSYS): the contract is judged by the system calls it made instead`;
}
