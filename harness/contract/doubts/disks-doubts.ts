import type { Call } from '../../syscalls/call.js';

/** What is not told apart where directories stand for disks of their own. */
export function disksDoubts(calls: readonly Call[]): string[] {
  const synced = calls.some(({ name, result }) => name === 'syncfs' && result.kind === 'value');
  return synced ? ['syncfs makes one disk of several durable, and is taken here for all of them'] : [];
}
