/**
 * A seat in a guest: the disks and the jobs are disks of the guest, served by this process. Needs no root.
 *
 * A guest that panics, ends or does not answer costs its workload the verdict, with what its console said last; another
 * one takes over for the next.
 */
import type { BlockDevice } from '../../harness/disk/block-device.js';
import { type Said, type Seat, SeatLostError } from '../../harness/probe/lane/seat.js';
import type { Answer, Job, JobResult } from '../../harness/probe/resident/messages.js';
import { isWorkloads } from '../../harness/probe/workload/bytes.js';
import { disksBelow } from '../../harness/scenario/schema/layers.js';
import type { Storage } from '../../harness/scenario/schema/storage.js';
import { LaneGuest } from '../lane/lane-guest.js';
import type { LaneMachine } from '../lane/lane-machine.js';
import { guestEnd } from '../machine/guest-end.js';
import type { GuestIntroduction } from './guest-introduction.js';

/** What one who takes longer is not waited for. */
export interface SeatLimits {
  /** From its start to its first question. */
  bootMs: number;
  jobMs: number;
}

/** Of a storage's disks. */
export function sizesOf({ layers }: Pick<Storage, 'layers'>, sizeBytes: number): number[] {
  return Array.from({ length: disksBelow(layers) }, () => sizeBytes);
}

export class GuestSeat implements Seat {
  readonly #guest: LaneGuest;
  #hear: (said: Said) => void = () => {};
  #ready = false;
  #introduced = false;
  #done: JobResult | null = null;

  constructor(
    machine: LaneMachine,
    /** Of each disk. */
    sizesBytes: readonly number[],
    private readonly introduction: GuestIntroduction,
    private readonly limits: SeatLimits,
  ) {
    this.#guest = new LaneGuest(machine, sizesBytes, (text) => this.#answered(JSON.parse(text) as Answer));
  }

  run(disks: readonly BlockDevice[], job: Job, hear: (said: Said) => void): JobResult {
    this.#introduce();
    const guest = this.#guest;
    this.#hear = hear;
    this.#done = null;
    guest.under = disks;
    try {
      guest.give(JSON.stringify(job));
      const problem = guest.serveUntil(() => this.#done !== null, this.limits.jobMs);
      if (problem === null) return this.#done as unknown as JobResult;
      const { text } = guestEnd(problem, guest.consoleLog, guest.hasEnded ? 'ended' : 'silent');
      guest.stop();
      throw new SeatLostError(text);
    } finally {
      guest.under = null;
      this.#hear = () => {};
    }
  }

  close(): void {
    this.#guest.close();
  }

  #introduce(): void {
    const guest = this.#guest;
    if (guest.isRunning && this.#introduced) return;
    if (!guest.isRunning) guest.start();
    this.#ready = false;
    this.#introduced = false;
    const { bootMs } = this.limits;
    let problem = guest.awaitQuestion(bootMs);
    if (problem === null) {
      guest.give(JSON.stringify(this.introduction));
      problem = guest.serveUntil(() => this.#ready, bootMs);
    }
    if (problem !== null) throw new Error(guest.failed(problem));
    this.#introduced = true;
  }

  #answered(answer: Answer): void {
    if (answer.type === 'fault') throw new Error(answer.message);
    if (answer.type === 'ready') this.#ready = true;
    else if (answer.type === 'done') this.#done = answer.result;
    else if (answer.type === 'bytes_held') this.#guest.holdWrites(answer.held ? isWorkloads : null);
    else this.#hear(answer);
  }
}
