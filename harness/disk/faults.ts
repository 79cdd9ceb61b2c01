import { type BlockDevice, BlockIoError, type WriteOptions } from './block-device.js';

/** What a device can be asked to do, as faults and cuts count it. */
export type OperationKind = 'read' | 'write' | 'flush' | 'discard';

/** The n-th operation of a kind fails, and `count - 1` more after it. Counted from 1 once armed. */
export interface Fault {
  operation: 'read' | 'write' | 'flush';
  n: number;
  count: number;
  error: 'EIO' | 'ENOSPC';
}

/** Cuts the power just before an operation; see PowerSwitch. */
export interface OperationGate {
  /** False: the operation must not reach the disk any more. Throws BlockIoError when it has to fail. */
  admit(kind: OperationKind): boolean;
}

/** Errors on demand, and the power switch. A failing operation has no effect on the layer below. */
export class FaultyDevice implements BlockDevice {
  #armed = false;
  readonly #seen: Record<OperationKind, number> = { read: 0, write: 0, flush: 0, discard: 0 };

  constructor(
    private readonly below: BlockDevice,
    private readonly faults: readonly Fault[],
    private readonly gate: OperationGate,
  ) {}

  get sizeBytes(): number {
    return this.below.sizeBytes;
  }

  /** Counting starts here, when the recording starts: what mkfs and setup do is none of the scenario's. */
  arm(): void {
    this.#armed = true;
  }

  read(offset: number, into: Buffer): void {
    this.#meet('read');
    this.below.read(offset, into);
  }

  write(offset: number, data: Buffer, options: WriteOptions): void {
    if (this.#meet('write')) this.below.write(offset, data, options);
  }

  flush(): void {
    if (this.#meet('flush')) this.below.flush();
  }

  discard(offset: number, lengthBytes: number): void {
    if (this.#meet('discard')) this.below.discard(offset, lengthBytes);
  }

  writeZeroes(offset: number, lengthBytes: number, options: WriteOptions): void {
    if (this.#meet('write')) this.below.writeZeroes(offset, lengthBytes, options);
  }

  #meet(kind: OperationKind): boolean {
    if (!this.#armed) return true;
    const n = ++this.#seen[kind];
    const fault = this.faults.find((f) => f.operation === kind && n >= f.n && n < f.n + f.count);
    if (fault) throw new BlockIoError(fault.error);
    return this.gate.admit(kind);
  }
}
