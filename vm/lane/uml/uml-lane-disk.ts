/**
 * A lane's disk in a User-mode Linux guest: served over vhost-user, recovered and judged by the program inside.
 *
 * One blocking loop serves the disk, hands out jobs and notices the guest's end; it runs only while a recovery does.
 * Nothing of the disk's file system is touched here. A guest that panics, ends or does not answer costs its crash state
 * the verdict (`unknown`, with what its console said last), and another one takes over.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EventPoll } from '../../../harness/attach/event-poll.js';
import { preemptNobody, stayOn } from '../../../harness/attach/scheduling.js';
import { type BlockDevice, sectorBytes } from '../../../harness/disk/block-device.js';
import { VhostUserServer } from '../../../harness/disk/vhost-user/server.js';
import { factsInline, type InlineFacts } from '../../../harness/explore/lane/inline-facts.js';
import type { LaneSetup } from '../../../harness/explore/lane/messages.js';
import type { RecoveryAnswer, RecoveryJob } from '../../../harness/explore/lane/recovery-messages.js';
import type { Recovered, RecoveringDisk } from '../../../harness/explore/lane/run-lane.js';
import type { ObservedImage } from '../../../harness/explore/memory.js';
import { recoveryLost } from '../../../harness/judge/corruption.js';
import type { Problem } from '../../../harness/judge/judgement.js';
import { checkerOf } from '../../../harness/server/programs.js';
import type { Trace } from '../../../harness/trace/trace.js';
import { consoleLines, withConsole } from '../../machine/console.js';
import { complaintSince, guestEnd } from '../../machine/guest-end.js';
import { memoryFolder } from '../../uml/memory-folder.js';
import { umlCommand } from '../../uml/uml-command.js';
import { ControlDevice } from './control-device.js';
import { controlId, diskId } from './control-messages.js';
import type { GuestSetup, UmlSeat } from './guest-setup.js';
import { hiddenFolders } from './hidden-folders.js';
import { removeManagement, UmlProcess } from './uml-process.js';

/** From its start to its first question. */
const bootLimitMs = 60_000;
const fsckLimitMs = 120_000;

type Judged = Extract<RecoveryAnswer, { type: 'judged' }>;

export class UmlLaneDisk implements RecoveringDisk {
  readonly #poll = new EventPoll();
  readonly #control: ControlDevice;
  #server: VhostUserServer | null = null;
  readonly #controlServer: VhostUserServer;
  #guest: UmlProcess | null = null;
  #sizeBytes: number;
  #setup: GuestSetup | null = null;
  #limitMs: number;
  #under: BlockDevice | null = null;
  #image: ObservedImage | null = null;
  #answer: RecoveryAnswer | null = null;
  /** Lines of the console that were looked at for complaints. */
  #consoleRead = 0;

  constructor(private readonly seat: UmlSeat) {
    const { laneFolder, sizeBytes } = seat;
    this.#limitMs = seat.limitMs;
    mkdirSync(laneFolder, { recursive: true });
    if (seat.processor !== null) stayOn(seat.processor);
    this.#control = new ControlDevice((text) => this.#hear(JSON.parse(text) as RecoveryAnswer));
    this.#controlServer = new VhostUserServer({
      socketPath: this.#path('control.sock'),
      poll: this.#poll,
      device: this.#control,
      id: controlId,
      features: { flush: false, discard: false, writeZeroes: false },
      defer: this.#control.defer,
      onFault: rethrow,
    });
    this.#sizeBytes = sizeBytes;
    this.#start();
    preemptNobody();
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
    if (size_bytes !== null && size_bytes !== this.#sizeBytes) {
      this.#sizeBytes = size_bytes;
      this.#stop();
    }
    const problem = this.#introduce();
    if (problem !== null) throw new Error(problem);
  }

  recover(device: BlockDevice, image: ObservedImage, job: RecoveryJob): Recovered {
    if (!this.#guest) {
      const problem = this.#introduce();
      if (problem !== null) throw new Error(problem);
    }
    this.#under = device;
    this.#image = image;
    try {
      this.#control.give(JSON.stringify(job));
      const answer = this.#await((answer) => answer.type === 'judged', this.#limitMs);
      if (typeof answer !== 'string') {
        const { type: _, left, problems, ...seen } = answer as Judged;
        const judged = { ...seen, problems: problems.map((problem) => this.#withComplaint(problem)) };
        if (!left) return judged;
        return { ...judged, left: { ...left, facts: left.facts && factsInline(left.facts as InlineFacts) } };
      }
      const { loss, text } = guestEnd(answer, this.#consoleLog, this.#guest?.ended ? 'ended' : 'silent');
      this.#stop();
      return { problems: [recoveryLost(loss, text)] };
    } finally {
      this.#under = null;
      this.#image = null;
    }
  }

  /** A checker that the guest's kernel killed does not know why. */
  #withComplaint(problem: Problem): Problem {
    if (problem.outcome !== 'unknown') return problem;
    const complaint = complaintSince(this.#consoleLog, this.#consoleRead);
    this.#consoleRead = consoleLines(this.#consoleLog).length;
    return complaint === null ? problem : { ...problem, detail: `${problem.detail}; ${complaint}` };
  }

  close(): void {
    this.#stop();
    this.#controlServer.close();
    this.#poll.close();
  }

  /** Gives the guest, a new one if need be, its trace; what kept it from that, or null. */
  #introduce(): string | null {
    if (!this.#guest) this.#start();
    const { seat } = this;
    const starting = this.#awaitQuestion(bootLimitMs);
    if (starting === null) {
      this.#control.give(JSON.stringify(this.#setup));
      const ready = this.#await(({ type }) => type === 'ready', bootLimitMs);
      if (typeof ready !== 'string') return null;
      return this.#failed(ready, seat);
    }
    return this.#failed(starting, seat);
  }

  #failed(what: string, { kernel }: UmlSeat): string {
    const told = withConsole(`User-mode Linux (${kernel.program}) does not start: ${what}`, this.#consoleLog);
    this.#stop();
    return told;
  }

  #start(): void {
    const { kernel, laneFolder, memoryMib, fs } = this.seat;
    this.#server ??= new VhostUserServer({
      socketPath: this.#path('disk.sock'),
      poll: this.#poll,
      device: this.#front(),
      id: diskId,
      features: { flush: true, discard: true, writeZeroes: true },
      onFault: rethrow,
    });
    removeManagement(laneFolder);
    this.#consoleRead = 0;
    const program = fileURLToPath(new URL('./recovering-guest-process.js', import.meta.url));
    this.#guest = new UmlProcess(
      umlCommand({
        kernel,
        memoryMib,
        disks: [
          { kind: 'vhost-user', socketPath: this.#path('control.sock') },
          { kind: 'vhost-user', socketPath: this.#path('disk.sock') },
        ],
        folder: laneFolder,
        root: ['rootfstype=hostfs', 'rootflags=/', 'ro', `init=${process.execPath}`, 'oops=panic'],
        words: [program, kernel.modules, fs],
      }),
      {
        kernelFolder: kernel.folder,
        consoleLog: this.#consoleLog,
        temporary: memoryFolder(memoryMib, laneFolder),
      },
      this.#poll,
      () => {},
    );
  }

  #stop(): void {
    this.#guest?.kill();
    this.#guest = null;
    this.#server?.close();
    this.#server = null;
    // Its connection to the other server ends, too.
    while (this.#controlServer.machines > 0 && this.#poll.turn(1000));
    this.#control.reset();
    removeManagement(this.seat.laneFolder);
    rmSync(this.#path('disk.sock'), { force: true });
  }

  /** Serves until the guest asks for a job; what kept it from that, or null. */
  #awaitQuestion(limitMs: number): string | null {
    return this.#serveUntil(() => this.#control.isAskedForJob, limitMs);
  }

  /** Serves until an answer of the wanted kind comes; or what kept it from coming. */
  #await(wanted: (answer: RecoveryAnswer) => boolean, limitMs: number): RecoveryAnswer | string {
    this.#answer = null;
    const problem = this.#serveUntil(() => this.#answer !== null, limitMs);
    if (problem !== null) return problem;
    const answer = this.#answer as unknown as RecoveryAnswer;
    // Like that of a host's lane: a mistake of ours, or a checker that keeps the file system busy.
    if (answer.type === 'fault') throw new Error(answer.message);
    return wanted(answer) ? answer : `it said ${answer.type}`;
  }

  #serveUntil(done: () => boolean, limitMs: number): string | null {
    const deadline = Date.now() + limitMs;
    while (!done()) {
      const ended = this.#guest?.ended ?? null;
      if (ended !== null) return `the guest ended (${ended})`;
      const left = deadline - Date.now();
      if (left <= 0 || !this.#poll.turn(left)) return `the guest did not answer within ${limitMs / 1000} s`;
    }
    return null;
  }

  #hear(answer: RecoveryAnswer): void {
    if (this.#image && answer.type === 'looking') this.#image.peek();
    else if (this.#image && answer.type === 'looked') this.#image.peekNoMore();
    else this.#answer = answer;
  }

  /** What the guest sees: the disk of the recovery under way; zeros in between, when only its kernel looks. */
  #front(): BlockDevice {
    const under = (): BlockDevice | null => this.#under;
    return {
      sizeBytes: this.#sizeBytes - (this.#sizeBytes % sectorBytes),
      read(offset, into) {
        const device = under();
        if (device) device.read(offset, into);
        else into.fill(0);
      },
      write: (offset, data, options) => under()?.write(offset, data, options),
      flush: () => under()?.flush(),
      discard: (offset, lengthBytes) => under()?.discard(offset, lengthBytes),
      writeZeroes: (offset, lengthBytes, options) => under()?.writeZeroes(offset, lengthBytes, options),
    };
  }

  get #consoleLog(): string {
    return this.#path('console.log');
  }

  #path(name: string): string {
    return join(this.seat.laneFolder, name);
  }
}

function definedOnly(environment: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

function rethrow(fault: unknown): void {
  throw fault;
}
