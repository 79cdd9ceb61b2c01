/**
 * The User-mode Linux guest of a lane: the program in it, and the two disks that this process serves it over vhost-user,
 * one to work on and one by which jobs and answers go.
 *
 * One blocking loop serves both and notices the guest's end; it runs only while something is waited for. Nothing of the
 * disk's file system is touched here.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { EventPoll } from '../../../harness/attach/event-poll.js';
import { preemptNobody, stayOn } from '../../../harness/attach/scheduling.js';
import { type BlockDevice, sectorBytes } from '../../../harness/disk/block-device.js';
import { frontDevice } from '../../../harness/disk/front-device.js';
import { VhostUserServer } from '../../../harness/disk/vhost-user/server.js';
import { withConsole } from '../../machine/console.js';
import { memoryFolder } from '../../uml/memory-folder.js';
import { umlCommand } from '../../uml/uml-command.js';
import { ControlDevice } from './control-device.js';
import { controlId, diskId } from './control-messages.js';
import { removeManagement, UmlProcess } from './uml-process.js';

/** Where a guest of a lane runs. */
export interface LaneGuestSeat {
  /** The kernel's folder of the cache, its program, and its modules (vm/image/uml-kernel.ts). */
  kernel: { folder: string; program: string; modules: string };
  /** For console, sockets, and what the program writes down. */
  laneFolder: string;
  memoryMib: number;
  /** The processor for guest and server; null leaves it to the scheduler. */
  processor: number | null;
}

/** How long a guest that waits for a held write is silent, on a machine that is not busy. */
const patienceMs = 100;

export class LaneGuest {
  /** What the disk is now; null when only the guest's kernel looks: it then reads as zeros. */
  under: BlockDevice | null = null;
  readonly #heldWrites: (() => void)[] = [];
  #isHeld: ((data: Buffer) => boolean) | null = null;
  readonly #poll = new EventPoll();
  readonly #control: ControlDevice;
  readonly #controlServer: VhostUserServer;
  #server: VhostUserServer | null = null;
  #guest: UmlProcess | null = null;

  /**
   * @param program what the guest's first process runs: a script for node, and words for it
   * @param hear gets each answer's text
   */
  constructor(
    private readonly seat: LaneGuestSeat,
    private sizeBytes: number,
    private readonly program: readonly string[],
    hear: (text: string) => void,
  ) {
    mkdirSync(seat.laneFolder, { recursive: true });
    if (seat.processor !== null) stayOn(seat.processor);
    this.#control = new ControlDevice(hear);
    this.#controlServer = new VhostUserServer({
      socketPath: this.#path('control.sock'),
      poll: this.#poll,
      device: this.#control,
      id: controlId,
      features: { flush: false, discard: false, writeZeroes: false },
      defer: this.#control.defer,
      onFault: rethrow,
    });
    this.start();
    preemptNobody();
  }

  get isRunning(): boolean {
    return this.#guest !== null;
  }

  /** It has ended by itself. */
  get hasEnded(): boolean {
    return Boolean(this.#guest?.ended);
  }

  get consoleLog(): string {
    return this.#path('console.log');
  }

  /** The next start has a disk of this size; what runs is ended if its has another. */
  resize(sizeBytes: number): void {
    if (sizeBytes === this.sizeBytes) return;
    this.sizeBytes = sizeBytes;
    this.stop();
  }

  start(): void {
    const { kernel, laneFolder, memoryMib } = this.seat;
    this.#server ??= new VhostUserServer({
      socketPath: this.#path('disk.sock'),
      poll: this.#poll,
      device: this.#front(),
      id: diskId,
      features: { flush: true, discard: true, writeZeroes: true },
      defer: ({ action }, finish) => {
        if (action.kind !== 'write' || !this.#isHeld?.(action.data)) return false;
        this.#heldWrites.push(finish);
        return true;
      },
      onFault: rethrow,
    });
    removeManagement(laneFolder);
    const [script, ...words] = this.program;
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
        words: [script!, kernel.modules, ...words],
      }),
      {
        kernelFolder: kernel.folder,
        consoleLog: this.consoleLog,
        temporary: memoryFolder(memoryMib, laneFolder),
      },
      this.#poll,
      () => {},
    );
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

  close(): void {
    this.stop();
    this.#controlServer.close();
    this.#poll.close();
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
    const deadline = Date.now() + limitMs;
    while (!done()) {
      const ended = this.#guest?.ended ?? null;
      if (ended !== null) return `the guest ended (${ended})`;
      const left = deadline - Date.now();
      if (this.#heldWrites.length > 0) {
        if (!this.#poll.turn(patienceMs)) this.#releaseWrites();
      } else if (left <= 0 || !this.#poll.turn(left))
        return `the guest did not answer within ${limitMs / 1000} s`;
    }
    return null;
  }

  /** Ends a guest that did not come up; what to say of it. */
  failed(what: string): string {
    const told = withConsole(
      `User-mode Linux (${this.seat.kernel.program}) does not start: ${what}`,
      this.consoleLog,
    );
    this.stop();
    return told;
  }

  #releaseWrites(): void {
    for (const finish of this.#heldWrites.splice(0)) finish();
  }

  #front(): BlockDevice {
    return frontDevice(this.sizeBytes - (this.sizeBytes % sectorBytes), () => this.under);
  }

  #path(name: string): string {
    return join(this.seat.laneFolder, name);
  }
}

function rethrow(fault: unknown): void {
  throw fault;
}
