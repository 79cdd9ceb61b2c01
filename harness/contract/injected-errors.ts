import type { Scenario } from '../scenario/schema.js';
import type { InjectedError } from '../syscalls/strace-command.js';

/**
 * The disk's faults as a program sees them: a flush or a write that fails makes the sync call that waits for it fail.
 * Without a disk the n-th failing operation stands for the n-th sync call.
 */
export function injectedErrors(scenario: Scenario): InjectedError[] {
  return scenario.storage[0]!.disk.faults.filter(({ operation }) => operation !== 'read').map(
    ({ n, count, error }) => ({ calls: ['fsync', 'fdatasync', 'syncfs'], errno: error, first: n, count }),
  );
}
