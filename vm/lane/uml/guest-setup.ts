import { hangsAfterMs } from '../../../harness/attach/hang-limit.js';
import type { RecovererSetup } from '../../../harness/explore/lane/recovery-messages.js';
import type { GuestSurroundings } from './guest-program.js';
import type { LaneGuestSeat } from './uml-lane-machine.js';

/** From a guest's start to its first question. */
export const bootLimitMs = hangsAfterMs;

/** The first job of a recovering guest. */
export interface GuestSetup extends GuestSurroundings {
  setup: RecovererSetup;
}

/** What a lane in User-mode Linux is started with: it boots before there is a trace. */
export interface UmlSeat extends LaneGuestSeat {
  /** Of the disk that the trace will have been recorded on. */
  sizeBytes: number;
  /** Modules that its kernel needs for the storage. */
  needed: string[];
  /** Milliseconds that one recovery and its judging may take, beyond what checker and fsck may by themselves. */
  limitMs: number;
}
