/**
 * Who notes block operations and acks in one order: the process of our own disk, or a target of the kernel's in a guest.
 * It brings the place with it, because the disk it watches is the one that the workload's file system lies on.
 */

import type { LoadedScenario } from '../scenario/load.js';
import type { Storage } from '../scenario/schema/storage.js';
import type { RunSpace } from '../state/run-space.js';
import type { AckEvent, BegunEvent, ClockEvent } from '../trace/events.js';
import type { RecordingPlace } from './place.js';

/** What a recorder is told when it is opened. Paths are the host's. */
export interface RecorderContext {
  space: RunSpace;
  /** Names this recording's files in the run's folder, and its processes. */
  name: string;
  loaded: LoadedScenario;
  storage: Storage;
  /** Milliseconds that each of the disk's writes is to take. */
  writeDelayMs: number;
  /** Gets `base.img` and `disk.log`. */
  traceFolder: string;
  /** A disk image to begin with; undefined: all zeros. */
  content: string | undefined;
  workloads: string;
  signal: AbortSignal | undefined;
  onStep: (step: string) => void;
  /** Gets the workload's standard output as it comes. */
  onOutput: (data: Uint8Array) => void;
  /**
   * An ack was stamped, the `ack`-th from 1. Resolves when the snapshot is taken that belongs to it: until then its
   * giver has to wait. Where the position in the log is known only at the end, `block_index` is 0.
   */
  onAck: (ack: number, stamped: Omit<AckEvent, 'type'>) => Promise<void>;
  /** Something was said to begin; whoever said it goes on. */
  onBegun: (begun: BegunEvent) => void;
}

/** What only the end of a recording tells. */
export interface RecorderEnd {
  /** Position in the log at which a power cut came; null without one. */
  cutAt: number | null;
  /** How the log's times relate to those of the system calls; null where they do not. */
  clock: Omit<ClockEvent, 'type'> | null;
  /** Where the acks lie in the log, in the order they were given; null where `onAck` was told. */
  ackIndexes: readonly number[] | null;
  /** Why the log may not hold all that was done to the disk; null when it does. */
  doubt: string | null;
}

export interface Recorder {
  readonly place: RecordingPlace;
  /** Fires when the disk has lost its power; never where it cannot. */
  readonly cut: AbortSignal;
  /** From here on everything counts. What the disk held durably before becomes the base image. */
  start(): Promise<void>;
  /** Nothing counts any more; base image and log are in the trace folder then. */
  stop(): Promise<RecorderEnd>;
  /** Lets go of place and disk, whatever was reached. */
  close(): Promise<void>;
}

export type OpenRecorder = (context: RecorderContext) => Promise<Recorder>;
