import { type BlockDevice, BlockIoError, type WriteOptions } from './block-device.js';

/** What a device can be asked to do, as faults and cuts count it. */
export type OperationKind = 'read' | 'write' | 'flush' | 'discard';

/** The n-th operation of a kind fails, and `count - 1` more after it, or all. Counted from 1 once armed. */
export interface Fault {
  operation: 'read' | 'write' | 'flush';
  n: number;
  /** Counted once so many acks were given. */
  after_ack?: number | undefined;
  count: number | 'all';
  error: 'EIO' | 'ENOSPC';
}

/** Cuts the power just before an operation; see PowerSwitch. */
export interface OperationGate {
  /** How many acks were given. */
  readonly acks: number;
  /** False: the operation must not reach the disk any more. Throws BlockIoError when it has to fail. */
  admit(kind: OperationKind): boolean;
}

/** Errors on demand, and the power switch. A failing operation has no effect on the layer below. */
export class FaultyDevice implements BlockDevice {
  #armed = false;
  /** Of each fault, how many operations of its kind came since it counts. */
  readonly #seen: number[];

  constructor(
    private readonly below: BlockDevice,
    private readonly faults: readonly Fault[],
    private readonly gate: OperationGate,
  ) {
    this.#seen = faults.map(() => 0);
  }

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
    // Each one counts, whether or not an earlier one makes this operation fail.
    const failing = this.faults.filter(
      (fault, nth) => this.#counts(fault, kind) && isFailing(fault, ++this.#seen[nth]!),
    );
    if (failing[0]) throw new BlockIoError(failing[0].error);
    return this.gate.admit(kind);
  }

  #counts({ operation, after_ack = 0 }: Fault, kind: OperationKind): boolean {
    return operation === kind && this.gate.acks >= after_ack;
  }
}

function isFailing({ n, count }: Fault, nth: number): boolean {
  return nth >= n && (count === 'all' || nth < n + count);
}
