/**
 * A disk with a volatile cache that fails writes or flushes of one kind while it is told to. Failed writes have no effect.
 *
 * Data and metadata are told apart by content: every block of a program's data is full of one byte that nothing else is
 * full of.
 */
import { type BlockDevice, BlockIoError, type WriteOptions } from '../../disk/block-device.js';
import { OverlayDevice } from '../../disk/overlay.js';
import { newByte, pageBytes } from './messages.js';

export const faultKinds = ['none', 'data', 'metadata', 'flush'] as const;
export type FaultKind = (typeof faultKinds)[number];

const marker = Buffer.alloc(pageBytes, newByte);

export class FailingDisk implements BlockDevice {
  isFailing = false;
  /** Requests that failed, and writes of the program's new data that did not. */
  failed = 0;
  dataWrites = 0;
  readonly #cached: OverlayDevice;
  #pending: { offset: number; data: Buffer }[] = [];
  /** Durable, in the order in which it became so. */
  readonly #settled: { offset: number; data: Buffer }[] = [];

  constructor(
    private readonly base: { read(byteOffset: number, into: Buffer): void },
    readonly sizeBytes: number,
    private readonly kind: FaultKind,
  ) {
    this.#cached = new OverlayDevice(base, sizeBytes, { keepOperations: false });
  }

  read(offset: number, into: Buffer): void {
    this.#cached.read(offset, into);
  }

  write(offset: number, data: Buffer, { fua }: WriteOptions): void {
    const isData = data.includes(marker);
    this.#meet(isData ? 'data' : 'metadata');
    if (isData) this.dataWrites++;
    this.#cached.write(offset, data);
    (fua ? this.#settled : this.#pending).push({ offset, data: Buffer.from(data) });
  }

  flush(): void {
    this.#meet('flush');
    this.#settled.push(...this.#pending.splice(0));
  }

  /** What would survive a power cut now, whatever comes. */
  durableNow(): OverlayDevice {
    const now = new OverlayDevice(this.base, this.sizeBytes, { keepOperations: false });
    for (const { offset, data } of this.#settled) now.write(offset, data);
    return now;
  }

  /** Ignored: what is there stays there. */
  discard(): void {}

  writeZeroes(offset: number, lengthBytes: number, options: WriteOptions): void {
    this.write(offset, Buffer.alloc(lengthBytes), options);
  }

  #meet(kind: FaultKind): void {
    if (!this.isFailing || kind !== this.kind) return;
    this.failed++;
    throw new BlockIoError('EIO');
  }
}
