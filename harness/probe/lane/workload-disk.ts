/**
 * The disk that one workload runs on: what it does is recorded in memory, over a base that is only read.
 *
 * Until `start` the disk keeps what was flushed; what is pending then opens the log. A disk that was never asked to flush
 * (barriers switched off) starts with all of it: what setup left was written long ago.
 */
import { type BlockDevice, sectorBytes, type WriteOptions } from '../../disk/block-device.js';
import { OverlayDevice } from '../../disk/overlay.js';
import type { DiskBehaviour } from '../../scenario/schema/disk.js';
import type { BlockOperation } from '../../trace/operation.js';

export interface LoggedOperation extends BlockOperation {
  /** A write's bytes. */
  data: Buffer | null;
}

export class WorkloadDisk implements BlockDevice {
  readonly operations: LoggedOperation[] = [];
  /** What is durable whatever becomes of the log. */
  readonly durable: OverlayDevice;
  #cached: OverlayDevice;
  #phase: 'setup' | 'recording' | 'over' = 'setup';
  #flushed = false;

  constructor(
    base: { read(byteOffset: number, into: Buffer): void },
    readonly sizeBytes: number,
    private readonly behaviour: DiskBehaviour,
  ) {
    this.durable = new OverlayDevice(base, sizeBytes, { keepOperations: false });
    this.#cached = new OverlayDevice(this.durable, sizeBytes, { keepOperations: false });
  }

  /** What setup did is durable, as far as anything is. */
  start(): void {
    if (!this.#flushed) this.#settle();
    this.#phase = 'recording';
  }

  /** What comes now is nobody's business. */
  stop(): void {
    this.#phase = 'over';
  }

  read(offset: number, into: Buffer): void {
    this.#cached.read(offset, into);
  }

  write(offset: number, data: Buffer, { fua }: WriteOptions): void {
    this.#cached.write(offset, data);
    this.#log({ kind: 'write', offset, lengthBytes: data.length, fua, data: Buffer.from(data) });
  }

  flush(): void {
    this.#flushed = true;
    if (this.#phase === 'setup') this.#settle();
    // A lying disk says yes and keeps nothing.
    else if (this.behaviour.cache !== 'lying')
      this.#log({ kind: 'flush', offset: 0, lengthBytes: 0, fua: false, data: null });
  }

  discard(offset: number, lengthBytes: number): void {
    if (this.behaviour.discard !== 'zeros') return;
    this.#cached.discard(offset, lengthBytes);
    this.#log({ kind: 'discard', offset, lengthBytes, fua: false, data: null });
  }

  writeZeroes(offset: number, lengthBytes: number, options: WriteOptions): void {
    const stepBytes = 1024 * 1024;
    for (let done = 0; done < lengthBytes; done += stepBytes)
      this.write(offset + done, Buffer.alloc(Math.min(stepBytes, lengthBytes - done)), options);
  }

  #log({
    kind,
    offset,
    lengthBytes,
    fua,
    data,
  }: Pick<LoggedOperation, 'kind' | 'fua' | 'data'> & { offset: number; lengthBytes: number }): void {
    if (this.#phase === 'over') return;
    const { cache, fua: hasFua } = this.behaviour;
    const index = this.operations.length;
    this.operations.push({
      index,
      kind,
      sector: offset / sectorBytes,
      sectorCount: lengthBytes / sectorBytes,
      fua: kind !== 'flush' && (cache === 'through' || (fua && hasFua && cache === 'volatile')),
      data,
    });
    if (this.#phase === 'setup' && cache === 'through') this.#settle();
  }

  #settle(): void {
    for (const { kind, sector, sectorCount, data } of this.operations.splice(0)) {
      const offset = sector * sectorBytes;
      if (kind === 'write') this.durable.write(offset, data!);
      else if (kind === 'discard') this.durable.discard(offset, sectorCount * sectorBytes);
    }
    this.#cached = new OverlayDevice(this.durable, this.sizeBytes, { keepOperations: false });
  }
}
