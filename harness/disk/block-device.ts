/**
 * What every layer of the disk is: something that reads, writes, flushes and discards byte ranges.
 *
 * Calls are synchronous on purpose. A layer takes effect in the order it is called, so the order in which a
 * device process handles requests *is* the order of the recording, with no interleaving to reason about.
 * Offsets and lengths are bytes, always multiples of 512 and inside the device: whoever faces the outside
 * world (the NBD server, the FUSE file) checks that before it calls.
 */
export interface BlockDevice {
  readonly sizeBytes: number;
  /** Fills `into` from `offset`. Throws BlockIoError. */
  read(offset: number, into: Buffer): void;
  /** `data` is only valid during the call: a layer that keeps it must copy it. Throws BlockIoError. */
  write(offset: number, data: Buffer, options: WriteOptions): void;
  /** All writes that completed before this call are durable when it returns. Throws BlockIoError. */
  flush(): void;
  discard(offset: number, lengthBytes: number): void;
  writeZeroes(offset: number, lengthBytes: number, options: WriteOptions): void;
}

export interface WriteOptions {
  /** Force unit access: this write is durable when the call returns. */
  fua: boolean;
}

/** An I/O error that the device reports to whoever uses it, as a real disk would. */
export class BlockIoError extends Error {
  constructor(readonly code: 'EIO' | 'ENOSPC') {
    super(`block device error: ${code}`);
    this.name = 'BlockIoError';
  }
}

/** Bytes in a sector: the unit of the block log and the smallest unit a disk writes. */
export const sectorBytes = 512;
