/**
 * The disk of a test's containers from one power-on to the next cut: recorded, with its file system mounted.
 *
 * A cut freezes acks and the disk in one step, in the disk's own process; who writes on writes into nothing.
 */
import { mkdirSync, readdirSync } from 'node:fs';
import { arch, release } from 'node:os';
import { join } from 'node:path';
import { attachDisk } from '../../attach/attached-disk.js';
import { diskSizeBytes } from '../../attach/file-system.js';
import { makeFileSystem } from '../../attach/make-file-system.js';
import { mountStorage, unmountPatiently, waitUntilFree } from '../../attach/mounting.js';
import { checksumsOf } from '../../attach/trace-checksums.js';
import { DiskClient } from '../../capture/disk-client.js';
import { extentsOf } from '../../capture/extents.js';
import { manifestHead } from '../../capture/manifest-head.js';
import type { FromDisk } from '../../disk/recording/messages.js';
import type { LoadedScenario } from '../../scenario/load.js';
import { workloadsFolder } from '../../scenario/workloads-folder.js';
import type { RunSpace } from '../../state/run-space.js';
import { EventFile } from '../../trace/event-file.js';
import { writeManifest } from '../../trace/manifest.js';

export interface PowerOn {
  space: RunSpace;
  loaded: LoadedScenario;
  /** Where the file system is mounted. */
  root: string;
  /** Gets the recording. */
  traceFolder: string;
  /** The image that a cut left; null for a new disk. */
  content: string | null;
  onAck: (text: string) => void;
}

export class PoweredDisk {
  #client: DiskClient | null = null;
  #device = '';
  #detach: (() => Promise<void>) | null = null;
  #isMounted = false;
  readonly #events: EventFile;

  private constructor(private readonly options: PowerOn) {
    mkdirSync(options.traceFolder, { recursive: true });
    this.#events = new EventFile(join(options.traceFolder, 'events.ndjson'));
  }

  static async on(options: PowerOn): Promise<PoweredDisk> {
    const disk = new PoweredDisk(options);
    try {
      await disk.#start();
      return disk;
    } catch (error) {
      await disk.close();
      throw error;
    }
  }

  get traceFolder(): string {
    return this.options.traceFolder;
  }

  giveAck(text: string): Promise<'ok' | 'cut'> {
    return this.#client!.giveAck(text, 'socket');
  }

  /** @returns where in the recording the power went */
  async cut(): Promise<number> {
    const gone = this.#client!.next('cut');
    this.#client!.send({ type: 'cut' });
    const { block_index } = await gone;
    // Until it is taken away the file system still knows where its files lie.
    const files = extentsOf(this.options.root, filesBelow(this.options.root, ''));
    this.#events.add({ type: 'extents', ack: 0, files });
    return block_index;
  }

  /** Takes the file system and the disk away after a cut; nobody holds them any more. Leaves a trace. */
  async off(cutAt: number): Promise<void> {
    const { root, loaded, traceFolder } = this.options;
    await this.#unmount(root);
    waitUntilFree(this.#device);
    const client = this.#client!;
    const stopped = client.next('stopped');
    client.send({ type: 'stop' });
    await stopped;
    await this.close();
    writeManifest(traceFolder, {
      ...manifestHead({ loaded, storageIndex: 0, recording: 0, workloads: workloadsFolder }),
      kernel: release(),
      machine: arch(),
      size_bytes: diskSizeBytes(loaded.scenario.storage[0]!),
      workload: null,
      cut_at: cutAt,
      checksums: checksumsOf(traceFolder),
    });
  }

  /** Lets go of all that there is, in whatever state. */
  async close(): Promise<void> {
    if (this.#isMounted) await this.#unmount(this.options.root).catch(() => {});
    await this.#detach?.();
    this.#detach = null;
    await this.#client?.close();
    this.#client = null;
    this.#events.close();
  }

  async #start(): Promise<void> {
    const { space, root, traceFolder, content, loaded } = this.options;
    const storage = loaded.scenario.storage[0]!;
    const name = `disk-${space.nextNumber()}`;
    const sockets = space.newFolder(name);
    const diskSocket = join(sockets, 'disk.sock');
    const client = await DiskClient.start(
      space,
      {
        sizeBytes: diskSizeBytes(storage),
        behaviour: storage.disk,
        diskSockets: [diskSocket],
        diskProtocol: 'nbd',
        diskId: name,
        ackSocket: join(sockets, 'ack.sock'),
        stdoutFolder: null,
        said: null,
        writeDelayMs: 0,
        baseImage: join(traceFolder, 'base.img'),
        blockLog: join(traceFolder, 'disk.log'),
        ...(content === null ? {} : { content }),
      },
      (message) => this.#hear(message),
    );
    this.#client = client;
    const attached = await attachDisk({
      attachment: 'nbdfuse',
      space,
      socketPath: diskSocket,
      name: `${name}/attached`,
      directIo: true,
    });
    this.#detach = attached.detach;
    this.#device = attached.device;
    if (content === null) await makeFileSystem(attached.device, storage);
    space.note({ kind: 'mount', what: root });
    mountStorage(attached.device, root, storage);
    this.#isMounted = true;
    const started = client.next('started');
    client.send({ type: 'start' });
    await started;
  }

  #hear(message: FromDisk): void {
    if (message.type !== 'ack') return;
    const { ack, text, block_index, time_ns, source } = message;
    this.options.onAck(text);
    this.#events.add({ type: 'ack', block_index, time_ns, text, source });
    this.#client?.send({ type: 'snapshot-taken', ack });
  }

  async #unmount(root: string): Promise<void> {
    await unmountPatiently(root);
    this.#isMounted = false;
  }
}

function* filesBelow(root: string, folder: string): Generator<{ type: 'file'; path: string }> {
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) yield* filesBelow(root, path);
    else if (entry.isFile()) yield { type: 'file', path };
  }
}
