/**
 * The disks that one workload runs on, most often one: what is done to them is recorded in memory, in one order, over a
 * base that is only read. A flush is about its own disk.
 *
 * At `start` the disk's cache is empty: what setup wrote was written long ago. Else each subset of it would be crossed with
 * each subset of what the body writes, which asks of setup, once more for every workload that begins alike.
 */
import { type BlockDevice, sectorBytes } from '../../disk/block-device.js';
import { OverlayDevice } from '../../disk/overlay.js';
import type { DiskBehaviour } from '../../scenario/schema/disk.js';
import type { BlockOperation } from '../../trace/operation.js';

export interface LoggedOperation extends BlockOperation {
  /** A write's bytes. */
  data: Buffer | null;
}

export class WorkloadDisk {
  readonly operations: LoggedOperation[] = [];
  /** What is durable whatever becomes of the log: the disks one behind the other. */
  readonly durable: OverlayDevice;
  /** The disks, as they are served. */
  readonly disks: readonly BlockDevice[];
  readonly #cached: OverlayDevice[];
  #phase: 'setup' | 'recording' | 'over' = 'setup';

  /** @param about `sizeBytes` of each disk */
  constructor(
    base: { read(byteOffset: number, into: Buffer): void },
    private readonly about: { count: number; sizeBytes: number },
    private readonly behaviour: DiskBehaviour,
  ) {
    const { count, sizeBytes } = about;
    this.durable = new OverlayDevice(base, count * sizeBytes, { keepOperations: false });
    const disks = Array.from({ length: count }, (_, disk) => disk);
    this.#cached = disks.map(() => this.#emptyCache());
    this.disks = disks.map((disk) => this.#served(disk));
  }

  /** What setup did is durable. */
  start(): void {
    for (const disk of this.disks.keys()) this.#settle(disk);
    this.#phase = 'recording';
  }

  /** What comes now is nobody's business. */
  stop(): void {
    this.#phase = 'over';
  }

  #served(disk: number): BlockDevice {
    const { sizeBytes } = this.about;
    const first = disk * sizeBytes;
    const write: BlockDevice['write'] = (offset, data, { fua }) => {
      this.#cached[disk]!.write(first + offset, data);
      this.#log(disk, {
        ...{ kind: 'write', offset: first + offset, lengthBytes: data.length, fua },
        data: Buffer.from(data),
      });
    };
    return {
      sizeBytes,
      read: (offset, into) => this.#cached[disk]!.read(first + offset, into),
      write,
      flush: () => {
        if (this.#phase === 'setup') this.#settle(disk);
        // A lying disk says yes and keeps nothing.
        else if (this.behaviour.cache !== 'lying')
          this.#log(disk, { kind: 'flush', offset: first, lengthBytes: 0, fua: false, data: null });
      },
      discard: (offset, lengthBytes) => {
        if (this.behaviour.discard !== 'zeros') return;
        this.#cached[disk]!.discard(first + offset, lengthBytes);
        this.#log(disk, { kind: 'discard', offset: first + offset, lengthBytes, fua: false, data: null });
      },
      writeZeroes: (offset, lengthBytes, options) => {
        const stepBytes = 1024 * 1024;
        for (let done = 0; done < lengthBytes; done += stepBytes)
          write(offset + done, Buffer.alloc(Math.min(stepBytes, lengthBytes - done)), options);
      },
    };
  }

  #log(
    disk: number,
    {
      kind,
      offset,
      lengthBytes,
      fua,
      data,
    }: Pick<LoggedOperation, 'kind' | 'fua' | 'data'> & { offset: number; lengthBytes: number },
  ): void {
    if (this.#phase === 'over') return;
    const { cache, fua: hasFua } = this.behaviour;
    this.operations.push({
      index: this.operations.length,
      kind,
      ...(disk > 0 ? { disk } : {}),
      sector: offset / sectorBytes,
      sectorCount: lengthBytes / sectorBytes,
      fua: kind !== 'flush' && (cache === 'through' || (fua && hasFua && cache === 'volatile')),
      data,
    });
    if (this.#phase === 'setup' && cache === 'through') this.#settle(disk);
  }

  #settle(disk: number): void {
    for (const { kind, sector, sectorCount, data } of this.#taken(disk)) {
      const offset = sector * sectorBytes;
      if (kind === 'write') this.durable.write(offset, data!);
      else if (kind === 'discard') this.durable.discard(offset, sectorCount * sectorBytes);
    }
    this.#cached[disk] = this.#emptyCache();
  }

  /** The operations of one disk, which leave the log. */
  #taken(disk: number): LoggedOperation[] {
    const all = this.operations.splice(0);
    const isOfDisk = (operation: LoggedOperation): boolean => (operation.disk ?? 0) === disk;
    this.operations.push(...all.filter((operation) => !isOfDisk(operation)));
    return all.filter(isOfDisk);
  }

  #emptyCache(): OverlayDevice {
    return new OverlayDevice(this.durable, this.durable.sizeBytes, { keepOperations: false });
  }
}
