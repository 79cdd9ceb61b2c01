import { BlockIoError } from './block-device.js';
import type { OperationGate, OperationKind } from './faults.js';

/** When to cut, and what later operations meet. */
export interface Cut {
  operation?: OperationKind | 'any' | undefined;
  n?: number | undefined;
  ack?: number | undefined;
  /** A regular expression: of the acks that match it, the first where `ack` does not say which. */
  matching?: string | undefined;
  /** A regular expression; who reads the server's log asks for the cut (harness/server/cut-at-log.ts). */
  log?: string | undefined;
  /** Milliseconds after arming. */
  after?: number | undefined;
  later_writes: 'fail' | 'vanish';
}

/** Told each ack in order: whether the power goes right after it. */
export function lastAckOf({ ack, matching }: Pick<Cut, 'ack' | 'matching'>): (text: string) => boolean {
  if (ack === undefined && matching === undefined) return () => false;
  const pattern = matching === undefined ? null : new RegExp(matching);
  let counted = 0;
  return (text) => (pattern === null || pattern.test(text)) && ++counted === (ack ?? 1);
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
  readonly #isLastAck: (text: string) => boolean;

  constructor(
    private readonly cut: Cut | undefined,
    private readonly onCut: () => void,
  ) {
    this.#isLastAck = lastAckOf(cut ?? {});
  }

  get acks(): number {
    return this.#acks;
  }

  get isOn(): boolean {
    this.#checkTime();
    return this.#isOn;
  }

  arm(): void {
    this.#armedAtMs = performance.now();
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
  acknowledged(text: string): void {
    this.#acks++;
    if (this.#isLastAck(text)) this.#switchOff();
  }

  /** Takes the power away now. */
  off(): void {
    this.#switchOff();
  }

  #checkTime(): void {
    const { after } = this.cut ?? {};
    if (this.#armedAtMs === null || after === undefined) return;
    if (performance.now() - this.#armedAtMs >= after) this.#switchOff();
  }

  #switchOff(): void {
    if (!this.#isOn) return;
    this.#isOn = false;
    this.onCut();
  }
}
