/**
 * A seat in User-mode Linux: the disk and the jobs are two disks of a guest, served by this process. Needs no root.
 *
 * A guest that panics, ends or does not answer costs its workload the verdict, with what its console said last; another
 * one takes over for the next.
 */
import { fileURLToPath } from 'node:url';
import type { BlockDevice } from '../../harness/disk/block-device.js';
import { type Said, type Seat, SeatLostError } from '../../harness/probe/lane/seat.js';
import type { Answer, Job, JobResult, ResidentSetup } from '../../harness/probe/resident/messages.js';
import { isWorkloads } from '../../harness/probe/workload/bytes.js';
import { guestModules } from '../lane/uml/guest-modules.js';
import { bootLimitMs } from '../lane/uml/guest-setup.js';
import { hiddenFolders } from '../lane/uml/hidden-folders.js';
import { LaneGuest, type LaneGuestSeat } from '../lane/uml/lane-guest.js';
import { guestEnd } from '../machine/guest-end.js';
import type { GuestIntroduction } from './guest-introduction.js';

/** A job takes milliseconds, mkfs a second; one that takes this long is not waited for. */
const jobLimitMs = 120_000;

export class UmlSeat implements Seat {
  readonly #guest: LaneGuest;
  #hear: (said: Said) => void = () => {};
  #ready = false;
  #introduced = false;
  #done: JobResult | null = null;

  constructor(
    seat: LaneGuestSeat,
    sizeBytes: number,
    private readonly setup: ResidentSetup,
  ) {
    const program = fileURLToPath(new URL('./resident-guest-process.js', import.meta.url));
    this.#guest = new LaneGuest(seat, sizeBytes, [program, ...guestModules(setup.storage)], (text) =>
      this.#answered(JSON.parse(text) as Answer),
    );
  }

  run(device: BlockDevice, job: Job, hear: (said: Said) => void): JobResult {
    this.#introduce();
    const guest = this.#guest;
    this.#hear = hear;
    this.#done = null;
    guest.under = device;
    try {
      guest.give(JSON.stringify(job));
      const problem = guest.serveUntil(() => this.#done !== null, jobLimitMs);
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
    const introduction: GuestIntroduction = {
      setup: this.setup,
      environment: Object.fromEntries(
        Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined),
      ),
      folders: hiddenFolders([fileURLToPath(new URL('../../..', import.meta.url))]),
    };
    let problem = guest.awaitQuestion(bootLimitMs);
    if (problem === null) {
      guest.give(JSON.stringify(introduction));
      problem = guest.serveUntil(() => this.#ready, bootLimitMs);
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
