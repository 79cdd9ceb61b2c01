/**
 * What sets a scenario's recordings apart: the schedule of the kernel's write-back.
 *
 *     prompt           the disk answers at once, and the kernel writes back when it likes
 *     commit_pressure  after each change of a name, each truncation and each ack the file system is made to commit, by
 *                      something that is none of the workload's: names and lengths go down, data that nobody asked for
 *                      stays behind. The disk is slow,
 *                      so that data which is under way does not arrive before the commit (ext4 replacing a file: its
 *                      blocks are allocated and read as zeros until they are written). What is lost in between is lost
 *                      by a program that did not wait, on any machine where others sync, too.
 *     slow_disk        each write takes a while: a program's own commit overtakes data that is still under way
 *
 * What the workload sees is the same in all of them.
 */
export interface Schedule {
  kind: 'prompt' | 'commit_pressure' | 'slow_disk';
  /** Milliseconds that each of the disk's writes takes. */
  writeDelayMs: number;
}

const schedules: readonly Schedule[] = [
  { kind: 'prompt', writeDelayMs: 0 },
  { kind: 'commit_pressure', writeDelayMs: 20 },
  { kind: 'slow_disk', writeDelayMs: 10 },
  { kind: 'slow_disk', writeDelayMs: 2 },
  { kind: 'slow_disk', writeDelayMs: 40 },
];

/** Recordings after which each kind of schedule was tried: the least before `masked` is said. */
export const recordingsOfEachKind = 3;

/** @param recording which of the scenario's recordings, from 0; beyond the last schedule all but the first come again */
export function scheduleOf(recording: number): Schedule {
  if (recording < schedules.length) return schedules[recording]!;
  return schedules[1 + ((recording - 1) % (schedules.length - 1))]!;
}

/** Is each kind of schedule among these? */
export function triesEachKind(made: readonly Schedule['kind'][]): boolean {
  return schedules.every(({ kind }) => made.includes(kind));
}
