import type { Scenario } from '../scenario/schema/scenario.js';
import type { InjectedError } from '../syscalls/strace-command.js';

/**
 * The disk's faults as a program sees them: a flush or a write that fails makes the sync call that waits for it fail.
 * Without a disk the n-th failing operation stands for the n-th sync call.
 */
export function injectedErrors(scenario: Scenario, storageIndex: number): InjectedError[] {
  return scenario.storage[storageIndex]!.disk.faults.filter(({ operation }) => operation !== 'read').map(
    ({ n, count, error }) => ({ calls: ['fsync', 'fdatasync', 'syncfs'], errno: error, first: n, count }),
  );
}

/** Storages that differ in what system calls are made to fail with: the first of each, by index. */
export function storagesWithOwnErrors(scenario: Scenario): number[] {
  const seen = new Set<string>();
  return scenario.storage.flatMap((_, index) => {
    const key = JSON.stringify(injectedErrors(scenario, index));
    if (seen.has(key)) return [];
    seen.add(key);
    return [index];
  });
}

/** What of a storage's faults no system call stands for; none of it may go unsaid. */
export function errorsNotInjected(scenario: Scenario, storageIndex: number): string[] {
  const { faults, cut } = scenario.storage[storageIndex]!.disk;
  const notes = faults
    .filter(({ operation }) => operation === 'read')
    .map(
      ({ n, error }) =>
        `unknown: ${error} on read ${n} of the disk was not tried: which system call it would fail is not known without a disk`,
    );
  if (cut) notes.push('the power cut during the run was not tried: the contract is judged at every instant');
  return notes;
}
