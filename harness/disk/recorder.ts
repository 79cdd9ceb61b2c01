import type { BlockDevice, WriteOptions } from './block-device.js';
import { sectorBytes } from './block-device.js';
import type { SparseImage } from './sparse-image.js';

/** A block operation as it is recorded; sectors of 512 bytes. */
export interface RecordedOperation {
  kind: 'write' | 'discard' | 'flush';
  sector: number;
  sectorCount: number;
  fua: boolean;
  /** A write's bytes; without them it is one of zeros. */
  data?: Buffer;
}

/** Where recorded operations go once recording has started. */
export type OperationSink = (operation: RecordedOperation) => void;

/** How the write cache of the disk treats what it is given. */
export interface CacheBehaviour {
  cache: 'volatile' | 'through' | 'lying';
  fua: boolean;
  discard: 'zeros' | 'ignored' | 'unsupported';
}

/**
 * The innermost layer: keeps the content, and records every operation in the order it completed.
 *
 * Before `start` nothing is recorded, but the operations since the last flush are kept: they are still
 * pending when recording starts, so they open the log, and the base image is the content at that flush.
 */
export class RecordingDevice implements BlockDevice {
  #sink: OperationSink | null = null;
  #pending: RecordedOperation[] = [];
  #flushesBeforeStart = 0;

  constructor(
    private readonly image: SparseImage,
    private readonly behaviour: CacheBehaviour,
  ) {}

  get sizeBytes(): number {
    return this.image.sizeBytes;
  }

  /** Flushes seen before the recording. Without any the base image would be that of an empty disk. */
  get flushesBeforeStart(): number {
    return this.#flushesBeforeStart;
  }

  /**
   * Saves the base image and hands the operations that are still pending to the sink, then all later ones.
   * @param at where in that file this disk's begins, in bytes
   */
  start(baseImagePath: string, sink: OperationSink, at = 0): void {
    this.image.saveCheckpoint(baseImagePath, at);
    for (const operation of this.#pending) sink(operation);
    this.#pending = [];
    this.#sink = sink;
  }

  /** From here on operations change the content but leave no trace. */
  stop(): void {
    this.#sink = () => {};
  }

  read(offset: number, into: Buffer): void {
    this.image.read(offset, into);
  }

  write(offset: number, data: Buffer, { fua }: WriteOptions): void {
    this.image.write(offset, data);
    this.#record({ kind: 'write', ...sectors(offset, data.length), fua: this.#isDurable(fua), data });
  }

  flush(): void {
    // A lying disk says yes and keeps nothing; before the recording it still tells the truth, or the file
    // system it is asked about would not even exist.
    if (this.#sink && this.behaviour.cache === 'lying') return;
    if (!this.#sink) {
      this.#flushesBeforeStart++;
      this.#pending = [];
      this.image.checkpoint();
      return;
    }
    this.#record({ kind: 'flush', sector: 0, sectorCount: 0, fua: false });
  }

  discard(offset: number, lengthBytes: number): void {
    if (this.behaviour.discard !== 'zeros') return;
    this.image.zero(offset, lengthBytes);
    this.#record({ kind: 'discard', ...sectors(offset, lengthBytes), fua: this.#isDurable(false) });
  }

  /** Recorded as a write of zeros: the log format has no word for it, and the effect is the same. */
  writeZeroes(offset: number, lengthBytes: number, { fua }: WriteOptions): void {
    this.image.zero(offset, lengthBytes);
    this.#record({ kind: 'write', ...sectors(offset, lengthBytes), fua: this.#isDurable(fua) });
  }

  #isDurable(fua: boolean): boolean {
    return (
      this.behaviour.cache === 'through' || (fua && this.behaviour.fua && this.behaviour.cache === 'volatile')
    );
  }

  #record(operation: RecordedOperation): void {
    if (this.#sink) {
      this.#sink(operation);
      return;
    }
    // Durable at once with nothing pending before it: the base image has it.
    if (operation.fua && this.#pending.length === 0) this.image.checkpoint();
    else this.#pending.push(operation.data ? { ...operation, data: Buffer.from(operation.data) } : operation);
  }
}

function sectors(offset: number, lengthBytes: number): { sector: number; sectorCount: number } {
  return { sector: offset / sectorBytes, sectorCount: lengthBytes / sectorBytes };
}
