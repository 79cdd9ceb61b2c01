import { type DiskBehaviour, faultLabel } from '../../scenario/schema/disk.js';
import type { Scenario } from '../../scenario/schema/scenario.js';
import type { InjectedError } from '../../syscalls/strace-command.js';

/**
 * The disk's faults as a program sees them: a flush or a write that fails makes the sync call that waits for it fail.
 * Without a disk the n-th failing operation stands for the n-th sync call.
 */
export function injectedErrors(scenario: Scenario, storageIndex: number): InjectedError[] {
  return scenario.storage[storageIndex]!.disk.faults.filter((fault) => notInjected(fault) === null).map(
    ({ n, count, error }) => ({ calls: ['fsync', 'fdatasync', 'syncfs'], errno: error, first: n, count }),
  );
}

/** Why no system call stands for a fault; null where one does. */
function notInjected({ operation, after_ack }: DiskBehaviour['faults'][number]): string | null {
  if (operation === 'read') return 'which system call it would fail is not known without a disk';
  if (after_ack !== undefined) return 'calls are counted from the start, not from an ack, without a disk';
  return null;
}

/** Storages that differ in what system calls are made to fail with, or in what of their faults is not tried: the first of each, by index. */
export function storagesWithOwnErrors(scenario: Scenario): number[] {
  const seen = new Set<string>();
  return scenario.storage.flatMap((_, index) => {
    const key = JSON.stringify([injectedErrors(scenario, index), faultsNotInjected(scenario, index)]);
    if (seen.has(key)) return [];
    seen.add(key);
    return [index];
  });
}

/** What of a storage's faults no system call stands for; none of it may go unsaid. */
export function errorsNotInjected(scenario: Scenario, storageIndex: number): string[] {
  const notes = faultsNotInjected(scenario, storageIndex);
  if (scenario.storage[storageIndex]!.disk.cut)
    notes.push('the power cut during the run was not tried: the contract is judged at every instant');
  return notes;
}

function faultsNotInjected(scenario: Scenario, storageIndex: number): string[] {
  return scenario.storage[storageIndex]!.disk.faults.flatMap((fault) => {
    const why = notInjected(fault);
    return why === null ? [] : [`unknown: ${faultLabel(fault)} of the disk was not tried: ${why}`];
  });
}
