/** What sets a scenario's recordings apart: how long the disk takes over a write. */

/** Milliseconds. First a disk that answers at once, then ones as slow as real ones are under load. */
const delaysMs = [0, 10, 2, 40] as const;

/**
 * How long each write of a recording takes, in milliseconds. A slow disk is another schedule of write-back: a commit
 * overtakes data that is still under way, threads meet in other orders. What a write leaves behind is the same.
 *
 * @param recording which of the scenario's recordings, from 0
 */
export function writeDelayMsOf(recording: number): number {
  return delaysMs[recording % delaysMs.length]!;
}
