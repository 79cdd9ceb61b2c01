/** User-mode Linux for a lane: its disks are served over vhost-user, on the guest's own core. */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { EventPoll } from '../../../harness/attach/event-poll.js';
import { preemptNobody, stayOn } from '../../../harness/attach/scheduling.js';
import { VhostUserServer } from '../../../harness/disk/vhost-user/server.js';
import { memoryFolder } from '../../uml/memory-folder.js';
import { umlCommand } from '../../uml/uml-command.js';
import { GuestProcess } from '../guest-process.js';
import type { LaneDisk, LaneMachine } from '../lane-machine.js';
import { endServing, type ServedDisk } from '../served-disk.js';

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

export class UmlLaneMachine implements LaneMachine {
  readonly #poll = new EventPoll();
  #servers: ServedDisk<VhostUserServer>[] = [];
  #guest: GuestProcess | null = null;

  /** @param program what the guest's first process runs: a script for node, and words for it */
  constructor(
    private readonly seat: LaneGuestSeat,
    private readonly program: readonly string[],
  ) {
    mkdirSync(seat.laneFolder, { recursive: true });
    if (seat.processor !== null) stayOn(seat.processor);
  }

  get name(): string {
    return `User-mode Linux (${this.seat.kernel.program})`;
  }

  get consoleLog(): string {
    return join(this.seat.laneFolder, 'console.log');
  }

  get isRunning(): boolean {
    return this.#guest !== null;
  }

  get ended(): string | null {
    return this.#guest?.ended ?? null;
  }

  start(disks: readonly LaneDisk[]): void {
    const { kernel, laneFolder, memoryMib } = this.seat;
    this.#servers = disks.map((disk, nth) => this.#serve(disk, join(laneFolder, `disk-${nth}.sock`)));
    removeManagement(laneFolder);
    const [script, ...words] = this.program;
    this.#guest = new GuestProcess(
      umlCommand({
        kernel,
        memoryMib,
        disks: this.#servers.map(({ socketPath }) => ({ kind: 'vhost-user', socketPath })),
        folder: laneFolder,
        root: ['rootfstype=hostfs', 'rootflags=/', 'ro', `init=${process.execPath}`, 'oops=panic'],
        words: [script!, kernel.modules, ...words],
      }),
      {
        folder: kernel.folder,
        saidFile: this.consoleLog,
        // Its memory is a file there: memory itself, where that has room, is best.
        environment: { TMPDIR: memoryFolder(memoryMib, laneFolder) },
      },
      this.#poll,
    );
    preemptNobody();
  }

  turn(limitMs: number): boolean {
    return this.#poll.turn(limitMs);
  }

  stop(): void {
    this.#guest?.kill();
    this.#guest = null;
    endServing(this.#servers);
    removeManagement(this.seat.laneFolder);
  }

  close(): void {
    this.#poll.close();
  }

  #serve({ id, device, features, defersRead, defersWrite }: LaneDisk, socketPath: string) {
    const server = new VhostUserServer({
      ...{ socketPath, poll: this.#poll, device, id, features },
      defer: ({ action }, finish) =>
        (action.kind === 'read' && defersRead(action.offset, finish)) ||
        (action.kind === 'write' && defersWrite(action.data, finish)),
      onFault: (fault) => {
        throw fault;
      },
      // Cut off, the guest would wait for its disk for ever.
      onRefusal: (reason) => {
        throw new Error(`${id}: ${reason}`);
      },
    });
    return { server, socketPath };
  }
}

/** What a killed guest leaves in its folder: its process id, and a management socket. */
function removeManagement(folder: string): void {
  rmSync(join(folder, 'uml'), { recursive: true, force: true });
}
