/** One fsync that fails, on one storage: what the file system says, shows and keeps. */
import type { OverlayDevice } from '../../disk/overlay.js';
import { OverlayDevice as Overlay } from '../../disk/overlay.js';
import type { Seat } from '../lane/seat.js';
import { fileName } from './fail-sync.js';
import { FailingDisk, type FaultKind } from './failing-disk.js';
import { type FailedSync, pageBytes, type Shown, shownBy } from './messages.js';

export interface FailedSyncResult extends FailedSync {
  fault: FaultKind;
  /** Requests that the disk failed; 0: nobody asked for such a thing, and nothing failed. */
  failed: number;
  /** Whether the second fsync wrote the page again, where the first had not: it was still dirty. */
  rewritten: boolean;
  /** What a power cut right after the second fsync leaves of the page; `does not mount: CODE`, `no file`. */
  crashed: Shown;
}

/** @param base a disk with the file system, as the seat made it */
export function probeFailedSync(seat: Seat, base: OverlayDevice, fault: FaultKind): FailedSyncResult {
  const { sizeBytes } = base;
  const disk = new FailingDisk(base, sizeBytes, fault);
  let crashedDisk: Overlay | null = null;
  const dataWrites = { first: 0, second: 0 };
  const result = seat.run([disk], { type: 'fail_sync' }, (said) => {
    if (said.type !== 'fault_moment') return;
    disk.isFailing = said.moment === 'failing';
    if (said.moment === 'working') dataWrites.first = disk.dataWrites;
    if (said.moment !== 'synced') return;
    dataWrites.second = disk.dataWrites - dataWrites.first;
    // What is flushed later is not part of it.
    crashedDisk = disk.durableNow();
  });
  if (result.type === 'refused') throw new Error(`${result.by}: ${result.said}`);
  if (result.type !== 'sync_failed' || !crashedDisk) throw new Error(`it ended with ${result.type}`);
  return {
    ...result.seen,
    fault,
    failed: disk.failed,
    rewritten: dataWrites.second > 0,
    crashed: afterCrash(seat, crashedDisk, sizeBytes),
  };
}

function afterCrash(seat: Seat, left: OverlayDevice, sizeBytes: number): Shown {
  const overlay = new Overlay(left, sizeBytes, { keepOperations: false });
  const recovered = seat.run([overlay], { type: 'recover', fsck: false }, () => {});
  if (recovered.type !== 'recovered') throw new Error(`a recovery ended with ${recovered.type}`);
  if (!recovered.tree) return `does not mount: ${recovered.error}`;
  const file = recovered.tree.find(({ path }) => path === fileName);
  if (!file) return 'no file';
  return file.error ?? shownBy(Buffer.from(file.content ?? '', 'base64').subarray(0, pageBytes));
}
