/**
 * A layer of a storage: something that is put above a block device or a directory, and taken away again.
 *
 * Whatever it makes outside the folder that it is given is noted before it is made. Nothing here waits for a file system
 * on a disk that this process serves: whoever raises layers serves no disk.
 */
import type { Made } from '../attaching-run.js';

/** Where layers find room for mount points, and how what they make is known. */
export interface LayerSeat {
  /** A folder of their own. */
  folder: string;
  /** Where a directory layer shows itself. */
  at: string;
  /** Of loop devices and mapped devices. */
  label: string;
  /** Devices of the storage's disks behind the first: what the lowest layer lies on, besides. */
  moreDisks?: readonly string[];
  /** Of processes. */
  environment: Record<string, string>;
  note(made: Made): void;
}

/** A layer that is in place. */
export interface RaisedLayer {
  /** What the next one lies on: a block device, or a directory. */
  path: string;
  /** What is mounted for it, besides: synced, and shut down, together with the rest. */
  mounts: readonly string[];
  /** Takes it away; what is below stays. */
  lower(): void;
}

export interface StorageLayer {
  /** Once, on something fresh. Afterwards it is not in place. */
  make(below: string, seat: LayerSeat): void;
  /**
   * Puts it in place, on what was made before, as a crash may have left it.
   * @throws SystemCallError where the kernel will not have it
   */
  raise(below: string, seat: LayerSeat): RaisedLayer;
}

/** A layer cannot be made: a program is missing, or said no. */
export class LayerError extends Error {}
