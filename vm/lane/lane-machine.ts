import type { BlockDevice } from '../../harness/disk/block-device.js';
import type { VhostUserFeatures } from '../../harness/disk/vhost-user/features.js';

/** A disk that a lane serves to its guest. Requests that are deferred run, and are answered, when `finish` is called. */
export interface LaneDisk {
  /** By which the guest tells its disks apart: a serial number of at most 20 bytes. */
  id: string;
  device: BlockDevice;
  features: VhostUserFeatures;
  defersRead(offset: number, finish: () => void): boolean;
  defersWrite(data: Buffer, finish: () => void): boolean;
}

/** A machine that boots a lane's guest with disks of the lane's. */
export interface LaneMachine {
  /** In sentences: `User-mode Linux (PROGRAM)`. */
  readonly name: string;
  readonly consoleLog: string;
  readonly isRunning: boolean;
  /** How it ended by itself; null where it did not. */
  readonly ended: string | null;
  start(disks: readonly LaneDisk[]): void;
  /** Serves what comes next, without an event loop. False when nothing came in time. */
  turn(limitMs: number): boolean;
  /** Ends it at once; it can be started again. */
  stop(): void;
  close(): void;
}
