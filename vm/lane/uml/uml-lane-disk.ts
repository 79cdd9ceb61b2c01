/**
 * A lane's disk in a User-mode Linux guest: served over vhost-user, recovered and judged by the program inside.
 *
 * One blocking loop serves the disk, hands out jobs and notices the guest's end; it runs only while a recovery does.
 * Nothing of the disk's file system is touched here. A guest that panics, ends or does not answer costs its crash state
 * the verdict (`unknown`, with what its console said last), and another one takes over.
 */
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BlockDevice } from '../../../harness/disk/block-device.js';
import { factsInline, type InlineFacts } from '../../../harness/explore/lane/inline-facts.js';
import type { LaneSetup } from '../../../harness/explore/lane/messages.js';
import type { Recovered, RecoveringDisk } from '../../../harness/explore/lane/recovering-disk.js';
import type { RecoveryAnswer, RecoveryJob } from '../../../harness/explore/lane/recovery-messages.js';
import type { ObservedImage } from '../../../harness/explore/memory.js';
import { recoveryLost } from '../../../harness/judge/corruption.js';
import type { Problem } from '../../../harness/judge/judgement.js';
import { checkerOf } from '../../../harness/server/programs.js';
import type { Trace } from '../../../harness/trace/trace.js';
import { consoleLines } from '../../machine/console.js';
import { complaintSince, guestEnd } from '../../machine/guest-end.js';
import { LaneGuest } from '../lane-guest.js';
import { bootLimitMs, type GuestSetup, type UmlSeat } from './guest-setup.js';
import { hiddenFolders } from './hidden-folders.js';
import { UmlLaneMachine } from './uml-lane-machine.js';

const fsckLimitMs = 120_000;

type Judged = Extract<RecoveryAnswer, { type: 'judged' }>;

export class UmlLaneDisk implements RecoveringDisk {
  readonly #guest: LaneGuest;
  #setup: GuestSetup | null = null;
  #limitMs: number;
  #image: ObservedImage | null = null;
  #answer: RecoveryAnswer | null = null;
  /** Lines of the console that were looked at for complaints. */
  #consoleRead = 0;

  constructor(private readonly seat: UmlSeat) {
    this.#limitMs = seat.limitMs;
    const program = fileURLToPath(new URL('./recovering-guest-process.js', import.meta.url));
    const machine = new UmlLaneMachine(seat, [program, ...seat.needed]);
    this.#guest = new LaneGuest(machine, [seat.sizeBytes], (text) =>
      this.#hear(JSON.parse(text) as RecoveryAnswer),
    );
  }

  /** The lane has its trace now. */
  begin(trace: Trace, { traceFolder, spaceFolder, look }: LaneSetup): void {
    const { size_bytes, scenario, workloads, scenario_folder } = trace.manifest;
    const { laneFolder } = this.seat;
    this.#limitMs =
      this.seat.limitMs +
      (checkerOf(scenario)?.timeout ?? 0) +
      (scenario.explore.fsck === 'after' ? fsckLimitMs : 0);
    const program = fileURLToPath(new URL('../../../..', import.meta.url));
    this.#setup = {
      setup: { traceFolder: resolve(traceFolder), spaceFolder, laneFolder, directIo: true, look },
      environment: definedOnly(process.env),
      folders: hiddenFolders([traceFolder, workloads, scenario_folder, program]),
    };
    if (size_bytes !== null) this.#guest.resize(size_bytes);
    const problem = this.#introduce();
    if (problem !== null) throw new Error(problem);
  }

  recover(device: BlockDevice, image: ObservedImage, job: RecoveryJob): Recovered {
    if (!this.#guest.isRunning) {
      const problem = this.#introduce();
      if (problem !== null) throw new Error(problem);
    }
    this.#guest.under = [device];
    this.#image = image;
    try {
      this.#guest.give(JSON.stringify(job));
      const answer = this.#await((answer) => answer.type === 'judged', this.#limitMs);
      if (typeof answer !== 'string') {
        const { type: _, left, problems, ...seen } = answer as Judged;
        const judged = { ...seen, problems: problems.map((problem) => this.#withComplaint(problem)) };
        if (!left) return judged;
        return { ...judged, left: { ...left, facts: left.facts && factsInline(left.facts as InlineFacts) } };
      }
      const { loss, text } = guestEnd(
        answer,
        this.#guest.consoleLog,
        this.#guest.hasEnded ? 'ended' : 'silent',
      );
      this.#guest.stop();
      return { problems: [recoveryLost(loss, text)] };
    } finally {
      this.#guest.under = null;
      this.#image = null;
    }
  }

  /** A checker that the guest's kernel killed does not know why. */
  #withComplaint(problem: Problem): Problem {
    if (problem.outcome !== 'unknown') return problem;
    const complaint = complaintSince(this.#guest.consoleLog, this.#consoleRead);
    this.#consoleRead = consoleLines(this.#guest.consoleLog).length;
    return complaint === null ? problem : { ...problem, detail: `${problem.detail}; ${complaint}` };
  }

  close(): void {
    this.#guest.close();
  }

  /** Gives the guest, a new one if need be, its trace; what kept it from that, or null. */
  #introduce(): string | null {
    const guest = this.#guest;
    if (!guest.isRunning) {
      this.#consoleRead = 0;
      guest.start();
    }
    const starting = guest.awaitQuestion(bootLimitMs);
    if (starting !== null) return guest.failed(starting);
    guest.give(JSON.stringify(this.#setup));
    const ready = this.#await(({ type }) => type === 'ready', bootLimitMs);
    return typeof ready === 'string' ? guest.failed(ready) : null;
  }

  /** Serves until an answer of the wanted kind comes; or what kept it from coming. */
  #await(wanted: (answer: RecoveryAnswer) => boolean, limitMs: number): RecoveryAnswer | string {
    this.#answer = null;
    const problem = this.#guest.serveUntil(() => this.#answer !== null, limitMs);
    if (problem !== null) return problem;
    const answer = this.#answer as unknown as RecoveryAnswer;
    // Like that of a host's lane: a mistake of ours, or a checker that keeps the file system busy.
    if (answer.type === 'fault') throw new Error(answer.message);
    return wanted(answer) ? answer : `it said ${answer.type}`;
  }

  #hear(answer: RecoveryAnswer): void {
    if (this.#image && answer.type === 'looking') this.#image.peek();
    else if (this.#image && answer.type === 'looked') this.#image.peekNoMore();
    else if (this.#image && answer.type === 'mounted') this.#image.mounted();
    else this.#answer = answer;
  }
}

function definedOnly(environment: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
