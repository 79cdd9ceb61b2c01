/**
 * Power lost by the whole machine: the guest's QEMU is killed, our disk keeps what was flushed and a part of the rest.
 *
 * The disk stops taking writes and acks in one step, in its own process; only then is the guest looked at for what the
 * workload was doing, and killed. What it wrote meanwhile is gone like everything after a power cut. The disk that
 * survived is recovered in a guest that booted anew. There the next round goes on with it, or, if it is to begin
 * afresh, with a new disk in its place. Assumes that a write the disk had answered without a flush may be there or not,
 * independently of every other.
 */

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { diskSizeBytes } from '../../harness/attach/file-system.js';
import { DiskClient } from '../../harness/capture/disk-client.js';
import { lastAckOf } from '../../harness/disk/power-switch.js';
import type { FromDisk } from '../../harness/disk/recording/messages.js';
import { explorable } from '../../harness/explore/recording.js';
import { writeCrashImage } from '../../harness/inspect/crash-image-file.js';
import type { Bus, DiskBehaviour } from '../../harness/scenario/schema/disk.js';
import type { Loss } from '../../harness/scenario/schema/live.js';
import type { Storage } from '../../harness/scenario/schema/storage.js';
import { setupCommand } from '../../harness/server/programs.js';
import { openTrace } from '../../harness/trace/trace.js';
import type { GuestMachine } from '../machine/guest-machine.js';
import { makeGuestFileSystem, mountGuestStorage } from '../place/guest-disk.js';
import { guestRoot } from '../place/guest-place.js';
import { beginsAfresh } from './beginning.js';
import { cutAt, type Moment } from './moment.js';
import type { LiveJob, LiveMethod, LostRound, RoundChoices, SurvivingDisk } from './round.js';
import { RoundBook } from './round-book.js';
import { RoundDirectory } from './round-directory.js';
import { lose } from './survivors.js';

/** One round's guest and disk; both end with it. */
interface PoweredRound {
  machine: GuestMachine;
  serial: string;
  device: string;
  disk: DiskClient;
  /** The disk is the one that survived the last round. */
  survived: boolean;
  book: RoundBook;
  /** Hears what the disk says; set when the workload is about to run. */
  hear: (message: FromDisk) => void;
}

export class PowerRounds implements LiveMethod {
  readonly notes: readonly string[] = [];
  #current: PoweredRound | null = null;
  /** The disk that the last round left. */
  #survivor: string | null = null;

  constructor(private readonly job: LiveJob) {}

  beginsAfresh(seed: number, round: number): boolean {
    return beginsAfresh(this.job.loaded.scenario.live.begin, seed, round);
  }

  async lose(choices: RoundChoices): Promise<LostRound> {
    const { job } = this;
    const { round, afresh, random } = choices;
    const { loaded, storageIndex, workloads } = job;
    const { scenario } = loaded;
    const storage = this.#storage;
    const powered = this.#current ?? (await this.#powerOn(choices));
    if (afresh && powered.survived) await this.#replaceDisk(powered, choices);
    const { machine, device, disk, book } = powered;
    const { agent } = machine;

    let letGo = (): void => {};
    const gone = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    const directory = new RoundDirectory(job, machine, book, `live-power-${round}`, async (text, source) => {
      if (!running) return 'ok';
      const answer = await disk.giveAck(text, source);
      // Whoever gives an ack without power gets no answer before the end: let go, the workload would run on.
      if (answer === 'cut') await gone;
      return answer;
    });
    let running = false;
    let cutIndex: number | null = null;
    let powerIsGone = (): void => {};
    const cut = new Promise<void>((resolve) => {
      powerIsGone = resolve;
    });
    const faults: string[] = [];
    const held: number[] = [];
    const isLastAck = lastAckOf(cutAt(choices.moment) ?? {});
    powered.hear = (message) => {
      if (message.type === 'ack') {
        const { ack, text, block_index, time_ns, source } = message;
        book.ack({ block_index, time_ns, text, source });
        const last = isLastAck(text);
        void directory.look().then(
          () => (last ? held.push(ack) : disk.send({ type: 'snapshot-taken', ack })),
          (error: Error) => faults.push(error.message),
        );
      } else if (message.type === 'begun') book.begun(message);
      else if (message.type === 'cut') {
        cutIndex = message.block_index;
        powerIsGone();
      } else if (message.type === 'fault') faults.push(message.message);
    };

    if (afresh) await makeGuestFileSystem(agent, device, storage);
    await mountGuestStorage(agent, device, guestRoot, storage);
    const setup = setupCommand(scenario);
    if (afresh && setup !== undefined) await directory.setup(setup);
    await agent.call('settle', { path: guestRoot, device });
    await directory.watch();
    const begun = disk.next('started');
    disk.send({ type: 'start' });
    const { flushes_before } = await begun;
    if (afresh && flushes_before === 0) {
      throw new Error('the disk saw no flush before the workload; the file system seems to lie elsewhere');
    }
    running = true;
    const started = performance.now();
    const ended = directory.runWorkload(cutAt(choices.moment)?.log);
    await Promise.race([ended, cut]);
    const durationMs = performance.now() - started;
    await directory.looked;
    const workload = await directory.kill(() => {
      letGo();
      for (const ack of held.splice(0)) disk.send({ type: 'snapshot-taken', ack });
    }, ended);
    job.signal?.throwIfAborted();
    await directory.lookAtTheEnd();
    await this.#pullPlug(powered);
    if (faults.length > 0) throw new Error(`the round failed: ${faults.join('; ')}`);

    const sizeBytes = diskSizeBytes(storage);
    book.close({ loaded, storageIndex, round, workloads, machine, workload, sizeBytes, cutAt: cutIndex });
    const survivor = job.space.path(`survivor-${round}.img`);
    const { flushes, ...left } = await keepPartOf(book.folder, {
      ...{ round, random, wanted: scenario.live.lose, path: survivor },
    });
    this.#survivor = survivor;
    return { folder: book.folder, measured: { acks: book.acks, flushes, durationMs }, ...left };
  }

  async survivor(next: RoundChoices): Promise<SurvivingDisk> {
    const { machine, device } = await this.#powerOn(next);
    return { machine, device };
  }

  async close(inOrder: boolean): Promise<void> {
    const current = this.#current;
    if (!current) return;
    this.#current = null;
    current.book.abandon();
    // Nothing has run in it; after an error it may tell why.
    if (inOrder) rmSync(current.book.folder, { recursive: true, force: true });
    await this.job.guests.giveBack(current.machine, false);
    await current.disk.close();
  }

  /** A guest that boots, with the disk as it survived. */
  async #powerOn({ round, moment }: RoundChoices): Promise<PoweredRound> {
    const { job } = this;
    const book = new RoundBook(join(job.folder, `${round}`));
    const serial = `live-${round}`;
    const content = this.#survivor;
    let powered: PoweredRound | null = null;
    const hear = (message: FromDisk): void => powered?.hear(message);
    const machine = await job.guests.take();
    let disk: DiskClient | null = null;
    try {
      const started = await this.#startDisk({ machine, serial, moment, book, content, hear });
      disk = started.disk;
      const device = await this.#plugIn(machine, { serial, diskSocket: started.diskSocket });
      // The disk has it in memory now.
      if (content !== null) rmSync(content, { force: true });
      powered = { machine, serial, device, disk, survived: content !== null, book, hear: () => {} };
      this.#current = powered;
      return powered;
    } catch (error) {
      book.abandon();
      await job.guests.giveBack(machine, false);
      await disk?.close();
      throw error;
    }
  }

  /** A new disk in place of the one that survived, which has been judged and is not mounted any more. */
  async #replaceDisk(powered: PoweredRound, { round, moment }: RoundChoices): Promise<void> {
    const { machine, book } = powered;
    await machine.removeDisk(powered.serial);
    await powered.disk.close();
    const serial = `live-${round}-afresh`;
    const hear = (message: FromDisk): void => powered.hear(message);
    const { disk, diskSocket } = await this.#startDisk({
      machine,
      serial,
      moment,
      book,
      content: null,
      hear,
    });
    Object.assign(powered, { serial, disk, survived: false });
    powered.device = await this.#plugIn(machine, { serial, diskSocket });
  }

  async #startDisk(about: {
    machine: GuestMachine;
    serial: string;
    moment: Moment;
    book: RoundBook;
    content: string | null;
    hear: (message: FromDisk) => void;
  }): Promise<{ disk: DiskClient; diskSocket: string }> {
    const { space } = this.job;
    const { machine, serial, moment, book, content } = about;
    const sockets = space.newFolder(`${serial}-${space.nextNumber()}`);
    const diskSocket = join(sockets, 'disk.sock');
    const disk = await DiskClient.start(
      space,
      {
        sizeBytes: diskSizeBytes(this.#storage),
        behaviour: withCut(this.#storage.disk, moment),
        diskSockets: [diskSocket],
        diskProtocol: machine.diskProtocol(this.#bus),
        diskId: serial,
        ackSocket: join(sockets, 'ack.sock'),
        stdoutFolder: null,
        said: null,
        writeDelayMs: 0,
        baseImage: join(book.folder, 'base.img'),
        blockLog: join(book.folder, 'disk.log'),
        ...(content === null ? {} : { content }),
      },
      about.hear,
    );
    return { disk, diskSocket };
  }

  #plugIn(
    machine: GuestMachine,
    { serial, diskSocket }: { serial: string; diskSocket: string },
  ): Promise<string> {
    const source = { kind: machine.diskProtocol(this.#bus), socketPath: diskSocket };
    return machine.addDisk({ serial, bus: this.#bus, source });
  }

  get #bus(): Bus {
    return this.#storage.disk.bus;
  }

  get #storage(): Storage {
    return this.job.loaded.scenario.storage[this.job.storageIndex]!;
  }

  /** The guest first: its disk stopped taking anything when the power went, or does so when nobody writes any more. */
  async #pullPlug({ machine, disk }: PoweredRound): Promise<void> {
    this.#current = null;
    await this.job.guests.giveBack(machine, false);
    const stopped = disk.next('stopped');
    disk.send({ type: 'stop' });
    await stopped;
    await disk.close();
  }
}

/** The disk under test, whose power goes at the moment. */
function withCut(disk: DiskBehaviour, moment: Moment): DiskBehaviour {
  const cut = cutAt(moment);
  return cut === undefined ? disk : { ...disk, cut };
}

/** Makes the disk image that survives a round: what was durable, and of the rest what is left. */
async function keepPartOf(
  traceFolder: string,
  about: { round: number; random: () => number; wanted: readonly Loss[]; path: string },
): Promise<Pick<LostRound, 'logIndex' | 'point' | 'pendingWrites' | 'loss' | 'lost'> & { flushes: number }> {
  const { round, random, wanted, path } = about;
  const trace = openTrace(traceFolder);
  try {
    const { recording, points } = explorable(trace);
    const end = points.at(-1)!;
    const pending = recording.pieces.pendingAt(end);
    const lost = lose(random, { round, pending, pieces: recording.pieces, wanted });
    await writeCrashImage({ trace, point: end.id, lost: lost.lost, path });
    const flushes = trace.operations.filter(({ kind }) => kind === 'flush').length;
    return { logIndex: end.logIndex, point: end.id, pendingWrites: pending.length, flushes, ...lost };
  } finally {
    trace.close();
  }
}
