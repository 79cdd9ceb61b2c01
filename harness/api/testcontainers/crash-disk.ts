/**
 * A disk for a container of a test, whose power the test cuts: `plugpull/testcontainers`.
 *
 * The disk is recorded from its first mount on. A cut freezes acks and the disk in one step, in the disk's own process; then
 * what holds the disk is killed, and the disk comes back as the power cut left it: all that was flushed, and of the rest what
 * is chosen. Needs root, and an engine on this machine. Knows nothing of testcontainers but the two methods it calls.
 */
import { mkdirSync } from 'node:fs';
import { arch, release } from 'node:os';
import { join } from 'node:path';
import { attachDisk } from '../../attach/attached-disk.js';
import { diskSizeBytes } from '../../attach/file-system.js';
import { makeFileSystem } from '../../attach/make-file-system.js';
import { mountStorage, unmountPatiently, waitUntilFree } from '../../attach/mounting.js';
import { checksumsOf } from '../../attach/trace-checksums.js';
import { DiskClient } from '../../capture/disk-client.js';
import { manifestHead } from '../../capture/manifest-head.js';
import { Engine, EngineError } from '../../container/engine.js';
import type { FromDisk } from '../../disk/recording/messages.js';
import { seededRandom } from '../../explore/random.js';
import { explorable } from '../../explore/recording.js';
import { writeCrashImage } from '../../inspect/crash-image-file.js';
import { requireHost } from '../../run/planning/require-host.js';
import type { LoadedScenario } from '../../scenario/load.js';
import {
  type FileSystem,
  type Scenario,
  type ScenarioInput,
  type Storage,
  scenario,
} from '../../scenario/schema.js';
import { workloadsFolder } from '../../scenario/workloads-folder.js';
import { cleanRun } from '../../state/clean.js';
import { RunSpace } from '../../state/run-space.js';
import { EventFile } from '../../trace/event-file.js';
import { writeManifest } from '../../trace/manifest.js';
import { openTrace } from '../../trace/trace.js';

export interface CrashDiskOptions {
  /** ext4 by default. */
  fs?: Exclude<FileSystem, 'f2fs'>;
  /** Such as `256MiB`, the default. */
  size?: string | number;
  /** Mount options. */
  mount?: string[];
  /** Of what `lose: 'some'` leaves to chance; 1 by default. */
  seed?: number;
  /** Folder that gets a trace for each cut, for `plugpull check`; without it they go with the disk. */
  traces?: string;
}

/** What CrashDisk asks of a started container of testcontainers. */
export interface HeldContainer {
  getId(): string;
  /** Starts it again and waits until it is ready. */
  restart(): Promise<unknown>;
}

export interface Crash {
  /** What was acknowledged before the power went, in order. */
  acks: string[];
  /** What was under way: it may be there or not. */
  maybe: string[];
  /** Writes in the disk's cache when the power went, and how many of them were lost. */
  pendingWrites: number;
  lostWrites: number;
  /** The recording up to the cut; null without `traces`. */
  trace: string | null;
  /** Starts what held the disk again, on what is left of it, and waits until it is ready. */
  restart(): Promise<void>;
}

/** The disk from one mount to the next cut. */
interface Generation {
  client: DiskClient;
  device: string;
  detach(): Promise<void>;
  traceFolder: string;
  events: EventFile;
}

export class CrashDisk {
  readonly #held: HeldContainer[] = [];
  readonly #acks: string[] = [];
  readonly #open = new Set<string>();
  readonly #random: () => number;
  #generation: Generation | null = null;
  #cuts = 0;

  private constructor(
    private readonly space: RunSpace,
    private readonly root: string,
    private readonly loaded: LoadedScenario,
    private readonly options: CrashDiskOptions,
  ) {
    this.#random = seededRandom(options.seed ?? 1);
  }

  /**
   * Makes the disk, its file system, and mounts it.
   *
   * @throws UnavailableError when root, a device or a tool is missing
   */
  static async create(options: CrashDiskOptions = {}): Promise<CrashDisk> {
    const { fs = 'ext4', size = '256MiB', mount = [] } = options;
    requireHost([fs]);
    const input: ScenarioInput = {
      name: 'crash-disk',
      workload: { run: 'true' },
      storage: [{ fs, size, mount }],
      promise: {},
    };
    const loaded = { file: null, input, scenario: scenario.parse(input) };
    const space = RunSpace.create();
    const root = space.newFolder('root');
    const disk = new CrashDisk(space, root, loaded, options);
    try {
      await disk.#powerOn(null);
    } catch (error) {
      await disk.close();
      throw error;
    }
    return disk;
  }

  /** The disk as a bind mount of testcontainers: `withBindMounts([disk.at('/var/lib/postgresql/data')])`. */
  at(target: string): { source: string; target: string; mode: 'rw' } {
    return { source: this.root, target, mode: 'rw' };
  }

  /** Who is killed when the power goes, and started again. */
  holds(...containers: readonly HeldContainer[]): void {
    this.#held.push(...containers);
  }

  /**
   * Says that something is safe. With `action` that is done first, and is under way (`Crash.maybe`) until then.
   *
   * @throws Error when the power went before, and may have come back since
   */
  async ack(text: string, action?: () => Promise<unknown>): Promise<void> {
    const generation = this.#powered();
    this.#open.add(text);
    await action?.();
    const isOn = this.#generation === generation;
    if (!isOn || (await generation.client.giveAck(text, 'socket')) === 'cut')
      throw new Error(`the power went before ack ${JSON.stringify(text)}`);
    this.#open.delete(text);
  }

  /** Cuts the power now. Resolves when the file system has recovered from it. */
  async cut({ lose = 'all' }: { lose?: 'all' | 'none' | 'some' } = {}): Promise<Crash> {
    const { client, device, detach, traceFolder, events } = this.#powered();
    const gone = client.next('cut');
    client.send({ type: 'cut' });
    const { block_index } = await gone;
    const maybe = [...this.#open];
    this.#open.clear();
    await Promise.all(this.#held.map((container) => kill(container.getId())));
    this.#generation = null;
    await unmountPatiently(this.root);
    waitUntilFree(device);
    const stopped = client.next('stopped');
    client.send({ type: 'stop' });
    await stopped;
    await detach();
    await client.close();
    events.close();
    this.#describe(traceFolder, block_index);
    const left = await this.#loseSome(traceFolder, lose);
    await this.#powerOn(left.image);
    return {
      acks: [...this.#acks],
      maybe,
      pendingWrites: left.pending,
      lostWrites: left.lost,
      trace: this.options.traces === undefined ? null : traceFolder,
      restart: async () => {
        for (const container of this.#held) await container.restart();
      },
    };
  }

  /** Takes the disk away; what holds it has to be stopped before. */
  async close(): Promise<void> {
    const generation = this.#generation;
    this.#generation = null;
    try {
      if (!generation) return;
      await unmountPatiently(this.root).catch(() => {});
      await generation.detach();
      await generation.client.close();
      generation.events.close();
    } finally {
      cleanRun(this.space.id);
    }
  }

  get #storage(): Storage {
    return (this.loaded.scenario as Scenario).storage[0]!;
  }

  #powered(): Generation {
    if (!this.#generation) throw new Error('the disk has no power: it is being cut, or was closed');
    return this.#generation;
  }

  /** @param content the image that a cut left; null for a new disk */
  async #powerOn(content: string | null): Promise<void> {
    const number = this.#cuts++;
    const name = `disk-${number}`;
    const sockets = this.space.newFolder(name);
    const traceFolder = join(this.options.traces ?? this.space.path('traces'), `cut-${number + 1}`);
    mkdirSync(traceFolder, { recursive: true });
    const events = new EventFile(join(traceFolder, 'events.ndjson'));
    const diskSocket = join(sockets, 'disk.sock');
    const client = await DiskClient.start(
      this.space,
      {
        sizeBytes: diskSizeBytes(this.#storage),
        behaviour: this.#storage.disk,
        diskSocket,
        diskProtocol: 'nbd',
        diskId: name,
        ackSocket: join(sockets, 'ack.sock'),
        stdoutFolder: null,
        ackPattern: null,
        writeDelayMs: 0,
        baseImage: join(traceFolder, 'base.img'),
        blockLog: join(traceFolder, 'disk.log'),
        ...(content === null ? {} : { content }),
      },
      (message) => this.#hear(message, events),
    );
    const { device, detach } = await attachDisk({
      attachment: 'nbdfuse',
      space: this.space,
      socketPath: diskSocket,
      name: `${name}/attached`,
      directIo: true,
    });
    if (content === null) await makeFileSystem(device, this.#storage);
    this.space.note({ kind: 'mount', what: this.root });
    mountStorage(device, this.root, this.#storage);
    const started = client.next('started');
    client.send({ type: 'start' });
    await started;
    this.#generation = { client, device, detach, traceFolder, events };
  }

  #hear(message: FromDisk, events: EventFile): void {
    if (message.type !== 'ack') return;
    const { ack, text, block_index, time_ns, source } = message;
    this.#acks.push(text);
    events.add({ type: 'ack', block_index, time_ns, text, source });
    this.#generation?.client.send({ type: 'snapshot-taken', ack });
  }

  #describe(traceFolder: string, cutAt: number): void {
    writeManifest(traceFolder, {
      ...manifestHead({ loaded: this.loaded, storageIndex: 0, recording: 0, workloads: workloadsFolder }),
      kernel: release(),
      machine: arch(),
      size_bytes: diskSizeBytes(this.#storage),
      workload: null,
      cut_at: cutAt,
      checksums: checksumsOf(traceFolder),
    });
  }

  async #loseSome(
    traceFolder: string,
    lose: 'all' | 'none' | 'some',
  ): Promise<{ image: string; pending: number; lost: number }> {
    const trace = openTrace(traceFolder);
    try {
      const { recording, points } = explorable(trace);
      const end = points.at(-1)!;
      const pending = recording.pieces.pendingAt(end);
      const lost = pending.filter(() => lose === 'all' || (lose === 'some' && this.#random() < 0.5));
      const image = this.space.path(`left-${this.#cuts}.img`);
      await writeCrashImage({ trace, point: end.id, lost, path: image });
      return { image, pending: pending.length, lost: lost.length };
    } finally {
      trace.close();
    }
  }
}

/** Ends a container at once; one that has ended already is as good. */
async function kill(id: string): Promise<void> {
  const engine = Engine.find();
  try {
    await engine.text('POST', `/containers/${id}/kill`);
  } catch (error) {
    if (!(error instanceof EngineError && (error.status === 404 || error.status === 409))) throw error;
    return;
  }
  await engine.text('POST', `/containers/${id}/wait?condition=not-running`);
}
