import type { Call } from '../syscalls/call.js';
import type { InjectedError } from '../syscalls/strace-command.js';

/**
 * io_uring(7) changes files without system calls. A kernel without it answers io_uring_setup(2) with ENOSYS, and
 * programs that are made for more than one kernel then use system calls.
 */
export const ringsRefused: InjectedError = {
  calls: ['io_uring_setup'],
  errno: 'ENOSYS',
  first: 1,
  // The most that strace counts.
  count: 65_534,
};

/** Did the program get a ring? */
export function usesRings(calls: readonly Call[]): boolean {
  return calls.some(({ name, result }) => name === 'io_uring_setup' && result.kind === 'value');
}

/** What a reader has to know of a run that asked for a ring and got none; null for others. */
export function ringsNote(calls: readonly Call[]): string | null {
  const refused = calls.some(
    ({ name, result }) => name === 'io_uring_setup' && result.kind === 'error' && result.errno === 'ENOSYS',
  );
  if (!refused || usesRings(calls)) return null;
  return 'the program asked for io_uring and was refused it (ENOSYS): the contract is judged by the system calls it made instead';
}
