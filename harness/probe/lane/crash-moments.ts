/**
 * Which operations of a workload had begun, and which had returned, at a crash point. No clock is needed: whoever
 * carries them out says so between them, in order with what the disk is asked for.
 */
import type { CrashPoint } from '../../explore/crash-points.js';

/** How many disk operations had been submitted when each operation of the body had returned; the next begins there. */
export type Returns = readonly number[];

/** @param syncs positions in the body of the operations that make something durable: the acks of the crash points */
export function momentAt(
  { reason, logIndex, openFua, acks }: CrashPoint,
  returns: Returns,
  syncs: readonly number[],
): { begun: number; returned: number } {
  if (reason === 'end') return { begun: returns.length, returned: returns.length };
  // What had been submitted when the power went: a write that is under way had been, a flush had not.
  const submitted = reason === 'fua' ? openFua : logIndex;
  const byLog = returns.filter((at) => at <= submitted).length;
  const returned = reason === 'before_ack' ? Math.min(byLog, syncs[acks]!) : byLog;
  // One that begins where the log ends has done nothing to the disk.
  const begun = 1 + returns.slice(0, -1).filter((at) => at < logIndex).length;
  return { begun: Math.max(begun, returned), returned };
}
