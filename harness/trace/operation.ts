/**
 * A recorded block operation as the explorer sees it: where it lies, and whether it was durable at once.
 * Sectors are 512 bytes whatever the log's own unit was.
 */
export interface BlockOperation {
  /** Position in the block log; ascending and unique, not necessarily without gaps. */
  index: number;
  kind: 'write' | 'discard' | 'flush';
  sector: number;
  sectorCount: number;
  /** Durable when it completed: forced unit access, or a write-through cache. */
  fua: boolean;
  /** Which of the recorded disks it was done to, from 0; absent where there is one. */
  disk?: number;
}

/** Reads the payload of a recorded write. `byteOffset` is relative to the start of that write. */
export type PayloadReader = (operation: BlockOperation, byteOffset: number, into: Buffer) => void;

/** What lies below the recorded operations: the pristine image, or a crash state that is itself a base. */
export interface BaseImage {
  /** Fills `into` with what lies at `byteOffset`. */
  read(byteOffset: number, into: Buffer): void;
  /** Can this range differ between crash states? */
  isVariable(byteOffset: number, lengthBytes: number): boolean;
}
