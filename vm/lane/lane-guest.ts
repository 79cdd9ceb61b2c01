/**
 * The guest of a lane: the program in it, and the disks that this process serves it, those to work on and one by which
 * jobs and answers go.
 *
 * One blocking loop serves them and notices the guest's end; it runs only while something is waited for. Nothing of the
 * disks' file systems is touched here.
 */

import { type BlockDevice, sectorBytes } from '../../harness/disk/block-device.js';
import { frontDevice } from '../../harness/disk/front-device.js';
import { UnhurriedLimit } from '../../harness/server/unhurried.js';
import { withConsole } from '../machine/console.js';
import type { LaneDisk, LaneMachine } from './lane-machine.js';
import { ControlDevice } from './uml/control-device.js';
import { controlId, diskIdOf } from './uml/control-messages.js';

/** How long a guest that waits for a held write is silent, on a machine that is not busy. */
const patienceMs = 100;

export class LaneGuest {
  /** What the disks are now; null when only the guest's kernel looks: they then read as zeros. */
  under: readonly BlockDevice[] | null = null;
  readonly #heldWrites: (() => void)[] = [];
  #isHeld: ((data: Buffer) => boolean) | null = null;
  readonly #control: ControlDevice;

  /**
   * @param sizesBytes of each disk
   * @param hear gets each answer's text
   */
  constructor(
    private readonly machine: LaneMachine,
    private sizesBytes: readonly number[],
    hear: (text: string) => void,
  ) {
    this.#control = new ControlDevice(hear);
    this.start();
  }

  get isRunning(): boolean {
    return this.machine.isRunning;
  }

  /** It has ended by itself. */
  get hasEnded(): boolean {
    return this.machine.ended !== null;
  }

  get consoleLog(): string {
    return this.machine.consoleLog;
  }

  /** The next start has a disk of this size; what runs is ended if its has another. */
  resize(sizeBytes: number): void {
    if (this.sizesBytes.length === 1 && sizeBytes === this.sizesBytes[0]) return;
    this.sizesBytes = [sizeBytes];
    this.stop();
  }

  start(): void {
    this.machine.start([
      {
        id: controlId,
        device: this.#control,
        features: { flush: false, discard: false, writeZeroes: false },
        defersRead: (offset, finish) => this.#control.defersRead(offset, finish),
        defersWrite: () => false,
      },
      ...this.sizesBytes.map((sizeBytes, nth) => this.#disk(sizeBytes, nth)),
    ]);
  }

  /**
   * Writes of which it says so are under way from now on: whatever comes meanwhile overtakes them. null: they arrive, in
   * the order in which they came. They arrive, too, where nothing else comes: somebody waits for them.
   */
  holdWrites(isHeld: ((data: Buffer) => boolean) | null): void {
    this.#isHeld = isHeld;
    if (!isHeld) this.#releaseWrites();
  }

  /** Ends it at once. */
  stop(): void {
    this.#isHeld = null;
    this.#heldWrites.length = 0;
    this.machine.stop();
    this.#control.reset();
  }

  close(): void {
    this.stop();
    this.machine.close();
  }

  /** Gives it its next job; now, or when it asks. */
  give(job: string): void {
    this.#control.give(job);
  }

  /** Serves until it asks for a job; what kept it from that, or null. */
  awaitQuestion(limitMs: number): string | null {
    return this.serveUntil(() => this.#control.isAskedForJob, limitMs);
  }

  /** Serves until then; what came instead, or null. */
  serveUntil(done: () => boolean, limitMs: number): string | null {
    // A guest is a program like others: a busy machine makes it late, and no crash state's verdict unknown.
    const limit = new UnhurriedLimit(limitMs);
    while (!done()) {
      const { ended } = this.machine;
      if (ended !== null) return `the guest ended (${ended})`;
      // Also of a kernel that reads without end.
      if (limit.isOver) return `the guest did not answer within ${limitMs / 1000} s`;
      if (this.#heldWrites.length === 0) this.machine.turn(limit.nextLookMs);
      else if (!this.machine.turn(patienceMs)) this.#releaseWrites();
    }
    return null;
  }

  /** Ends a guest that did not come up; what to say of it. */
  failed(what: string): string {
    const { machine } = this;
    const told = withConsole(`${machine.name} does not start: ${what}`, machine.consoleLog);
    this.stop();
    return told;
  }

  #releaseWrites(): void {
    for (const finish of this.#heldWrites.splice(0)) finish();
  }

  #disk(sizeBytes: number, nth: number): LaneDisk {
    return {
      id: diskIdOf(nth),
      device: frontDevice(sizeBytes - (sizeBytes % sectorBytes), () => this.under?.[nth] ?? null),
      features: { flush: true, discard: true, writeZeroes: true },
      defersRead: () => false,
      defersWrite: (data, finish) => {
        if (!this.#isHeld?.(data)) return false;
        this.#heldWrites.push(finish);
        return true;
      },
    };
  }
}
