import type { BlockDevice } from '../../disk/block-device.js';
import type { Answer, Job, JobResult } from '../resident/messages.js';

/** What is said while a job goes on, in order with what the disk is asked for. */
export type Said = Exclude<Answer, { type: 'ready' | 'done' | 'fault' | 'bytes_held' }>;

/** The seat's program, or the kernel below it, did not live to the end of the job. The next one finds another. */
export class SeatLostError extends Error {}

/** A resident program with disks that this process serves to it, on the host or in a guest. */
export interface Seat {
  /**
   * Has a job done on the disks, most often one.
   * @throws SeatLostError with what was said last
   */
  run(disks: readonly BlockDevice[], job: Job, hear: (said: Said) => void): JobResult;
  /** Lets the resident program end. */
  close(): void;
}
