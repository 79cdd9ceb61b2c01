import { BlockIoError } from './block-device.js';
import type { OperationGate, OperationKind } from './faults.js';

/** When to cut, and what later operations meet. */
export interface Cut {
  operation?: OperationKind | 'any' | undefined;
  n?: number | undefined;
  ack?: number | undefined;
  /** Milliseconds after arming. */
  after?: number | undefined;
  later_writes: 'fail' | 'vanish';
}

/**
 * The power of the recorded disk. Once it is off it stays off: nothing is recorded any more and no ack counts.
 *
 * The disk and the acks ask the same object in the same process, so the cut freezes both in one step: there is
 * no moment at which a write is already lost while an ack still counts.
 */
export class PowerSwitch implements OperationGate {
  #isOn = true;
  #armedAtMs: number | null = null;
  #operations = 0;
  #acks = 0;

  constructor(
    private readonly cut: Cut | undefined,
    private readonly onCut: () => void,
  ) {}

  get isOn(): boolean {
    this.#checkTime();
    return this.#isOn;
  }

  arm(): void {
    this.#armedAtMs = Date.now();
    const { after } = this.cut ?? {};
    if (after !== undefined) setTimeout(() => this.#checkTime(), after + 1).unref();
  }

  admit(kind: OperationKind): boolean {
    this.#checkTime();
    const { operation, n = 1 } = this.cut ?? {};
    if (this.#isOn && operation && (operation === 'any' || operation === kind)) {
      if (++this.#operations >= n) this.#switchOff();
    }
    if (this.#isOn || kind === 'read') return true;
    if (this.cut?.later_writes === 'fail') throw new BlockIoError('EIO');
    return false;
  }

  /** Called when an ack has been stamped: the cut comes right after it. */
  acknowledged(): void {
    this.#acks++;
    if (this.cut?.ack !== undefined && this.#acks >= this.cut.ack) this.#switchOff();
  }

  /** Takes the power away now. */
  off(): void {
    this.#switchOff();
  }

  #checkTime(): void {
    const { after } = this.cut ?? {};
    if (this.#armedAtMs === null || after === undefined) return;
    if (Date.now() - this.#armedAtMs >= after) this.#switchOff();
  }

  #switchOff(): void {
    if (!this.#isOn) return;
    this.#isOn = false;
    this.onCut();
  }
}
