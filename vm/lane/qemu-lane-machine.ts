/** A machine in QEMU for a lane: its disks are served over NBD. Needs no root; any kernel boots in it. */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { waitAnyReadable } from '../../harness/attach/libc.js';
import { command } from '../../harness/disk/nbd/protocol.js';
import type { LaneGuest as LaneGuestParts } from '../../harness/probe/lane/messages.js';
import { fixedCommand } from '../machine/qemu-command.js';
import { GuestProcess } from './guest-process.js';
import type { LaneDisk, LaneMachine } from './lane-machine.js';
import { endServing, type ServedDisk } from './served-disk.js';
import { SyncNbdServer } from './sync-nbd.js';

export type QemuGuestParts = Extract<LaneGuestParts, { kind: 'qemu' }>;

export class QemuLaneMachine implements LaneMachine {
  readonly name = "the guest's QEMU";
  #servers: ServedDisk<SyncNbdServer>[] = [];
  #guest: GuestProcess | null = null;
  /** Descriptors that are watched beside the disks'. */
  readonly #watched = new Map<number, () => void>();

  /** @param words for the guest's first program */
  constructor(
    private readonly parts: QemuGuestParts,
    private readonly laneFolder: string,
    private readonly words: readonly string[],
  ) {
    mkdirSync(laneFolder, { recursive: true });
  }

  get consoleLog(): string {
    return join(this.laneFolder, 'console.log');
  }

  get isRunning(): boolean {
    return this.#guest !== null;
  }

  get ended(): string | null {
    const ended = this.#guest?.ended ?? null;
    if (ended === null) return null;
    const said = readFileSync(this.#saidFile, 'utf8').trim();
    return said === '' ? ended : `${ended}: ${said}`;
  }

  start(disks: readonly LaneDisk[]): void {
    const { images, accelerator, memoryMib } = this.parts;
    this.#servers = disks.map((disk, nth) => serve(disk, join(this.laneFolder, `disk-${nth}.sock`)));
    this.#guest = new GuestProcess(
      fixedCommand({
        ...{ images, accelerator, memoryMib, consoleLog: this.consoleLog },
        ...{ program: 'start', words: this.words },
        disks: [
          { serial: 'plugpull-program', file: images.program },
          ...disks.map(({ id }, nth) => ({ serial: id, socketPath: this.#servers[nth]!.socketPath })),
        ],
      }),
      { folder: this.laneFolder, saidFile: this.#saidFile, environment: {} },
      {
        add: (fd, ready) => this.#watched.set(fd, ready),
        remove: (fd) => this.#watched.delete(fd),
      },
    );
  }

  turn(limitMs: number): boolean {
    const servers = new Map(
      this.#servers.flatMap(({ server }) => server.descriptors.map((fd) => [fd, server])),
    );
    const ready = waitAnyReadable([...this.#watched.keys(), ...servers.keys()], limitMs);
    for (const fd of ready) {
      this.#watched.get(fd)?.();
      const server = servers.get(fd);
      // What came before may have closed it.
      if (server?.descriptors.includes(fd)) server.serve(fd);
    }
    return ready.length > 0;
  }

  stop(): void {
    this.#guest?.kill();
    this.#guest = null;
    endServing(this.#servers);
  }

  close(): void {}

  get #saidFile(): string {
    return join(this.laneFolder, 'qemu.log');
  }
}

function serve({ device, defersRead, defersWrite }: LaneDisk, socketPath: string) {
  const server = new SyncNbdServer(
    socketPath,
    device,
    (request, finish) =>
      request.refusal === 0 &&
      ((request.command === command.read && defersRead(request.offset, finish)) ||
        (request.command === command.write && defersWrite(request.payload!, finish))),
  );
  return { server, socketPath };
}
