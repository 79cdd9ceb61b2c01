/**
 * The host as a place. Assumes root, FUSE and loop devices. The recorder sees acks by itself: its socket and its
 * stdout file are the host's own. Programs may be in a container, which the commands then are for
 * (container/run-process.ts); what they are told here besides goes to them by the environment.
 */

import { closeSync, openSync } from 'node:fs';
import { arch, release } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { type Attachment, attachDisk } from '../attach/attached-disk.js';
import type { Made } from '../attach/attaching-run.js';
import { diskSizeBytes } from '../attach/file-system.js';
import { LayerError } from '../attach/layers/layer.js';
import { lowerPatiently } from '../attach/layers/storage-stack.js';
import { ofNode, type RaisedStorages, Storages } from '../attach/layers/storages.js';
import { mount, mountFlag, SystemCallError } from '../attach/libc.js';
import { deadLoops } from '../attach/loop.js';
import { makeFileSystem, mkfsProblem } from '../attach/make-file-system.js';
import { unmountPatiently } from '../attach/mounting.js';
import { runMkfs } from '../attach/run-mkfs.js';
import { programEnvironment } from '../capture/environment.js';
import { extentsOf } from '../capture/extents.js';
import type {
  CommitPressure,
  Looked,
  OpenPlace,
  PlaceContext,
  RecordingPlace,
  WorkloadOptions,
} from '../capture/place.js';
import { PressureClient } from '../capture/pressure/pressure-client.js';
import { SnapshotTaker } from '../capture/snapshot.js';
import { TouchWatch } from '../capture/touch-watch.js';
import { tracerOf } from '../capture/tracer.js';
import { Undo } from '../capture/undo.js';
import { runWorkload, saidAll, type WorkloadEnd } from '../capture/workload.js';
import { insidePaths } from '../container/inside-paths.js';
import type { ContainerFacts } from '../scenario/container.js';
import { layerLabel, showPlaces } from '../scenario/schema/layers.js';
import type { Storage } from '../scenario/schema/storage.js';
import { type Owner, ownUser } from '../trace/attributes.js';
import type { Extent, TreeEntry } from '../trace/events.js';
import type { PayloadWriter } from '../trace/payload.js';
import { UnavailableError, UsageError } from '../verdict/errors.js';
import { tracedInside } from './traced-inside.js';

/** A container that the programs run in, and where things lie in it. */
export interface PlaceInContainer {
  facts: ContainerFacts;
  /** The workload's directory, as the programs call it. */
  data: string;
}

export function hostPlace(options: {
  attachment?: Attachment | undefined;
  directIo?: boolean;
  contained?: PlaceInContainer | null;
}): OpenPlace {
  const open = async (context: PlaceContext): Promise<RecordingPlace> => {
    const undo = new Undo();
    const { space, name } = context;
    const devices: string[] = [];
    for (const { folder, socket } of context.disks) {
      const attached = await attachDisk({
        attachment: options.attachment ?? 'nbdfuse',
        space,
        socketPath: socket,
        name: `${name}/disk${folder && `-${folder}`}`,
        directIo: options.directIo ?? true,
      });
      undo.add(() => attached.detach());
      devices.push(attached.device);
    }
    const paths = { root: space.newFolder(`${name}/root`), view: space.newFolder(`${name}/view`) };
    const errorOutput = openSync(context.errorFile, 'w');
    undo.add(() => closeSync(errorOutput));
    return new HostPlace(context, undo, devices, paths, errorOutput, options.contained ?? null);
  };
  return { diskProtocol: 'nbd', acksThroughFolder: true, open };
}

/** @throws UsageError in the words of whoever refused */
function makeLayered(storages: Storages, devices: readonly string[], storage: Storage): void {
  try {
    storages.make(devices, (below) => {
      const refused = runMkfs(below, storage);
      if (refused?.by === 'missing') throw new UnavailableError(refused.said);
      if (refused) throw mkfsProblem(storage, refused.said, deadLoops());
    });
  } catch (error) {
    if (!(error instanceof LayerError || error instanceof SystemCallError)) throw error;
    throw new UsageError(
      `storage.layers ${JSON.stringify(storage.layers.map(layerLabel))}: cannot be made: ${error.message}`,
    );
  }
}

function layersText({ layers }: Storage): string {
  return layers.length === 0 ? '' : ` below layers ${layers.map(layerLabel).join(', ')}`;
}

/** What containers start with. */
const containersUmask = 0o022;

class HostPlace implements RecordingPlace {
  readonly kernel = release();
  readonly machine = arch();
  readonly sharesClock = true;
  readonly umask: number;
  readonly user: Owner;
  readonly #storages: Storages;
  #raised: RaisedStorages | null = null;
  #looking: { taker: SnapshotTaker; watch: TouchWatch } | null = null;

  constructor(
    private readonly context: PlaceContext,
    private readonly undo: Undo,
    private readonly devices: readonly string[],
    private readonly paths: { root: string; view: string },
    private readonly errorOutput: number,
    private readonly contained: PlaceInContainer | null,
  ) {
    this.umask = contained ? containersUmask : process.umask();
    this.user = contained ? { uid: 0, gid: 0 } : ownUser();
    const { space, storage, name, disks } = context;
    const { label, environment } = space;
    const folder = space.newFolder(`${name}/layers`);
    const note = (made: Made): void => space.note(made);
    const seat = { folder, at: paths.root, label, environment, note };
    const folders = disks.map(({ folder }) => folder);
    this.#storages = new Storages(storage, folders, seat);
  }

  get container(): ContainerFacts | null {
    return this.contained?.facts ?? null;
  }

  get root(): string {
    return this.contained?.data ?? this.paths.root;
  }

  get ackSocket(): string {
    return this.contained ? insidePaths.ackSocket : this.context.ackSocket;
  }

  async makeFileSystem(): Promise<void> {
    const { storage } = this.context;
    if (storage.layers.length > 0) makeLayered(this.#storages, this.devices, storage);
    else for (const device of this.devices) await makeFileSystem(device, storage);
  }

  async mountFileSystem(): Promise<void> {
    const { root, view } = this.paths;
    const { space, storage, stdoutFolder } = this.context;
    try {
      this.#raised = this.#storages.raise(this.devices);
    } catch (error) {
      if (!(error instanceof SystemCallError)) throw error;
      throw new UsageError(
        `storage.mount: ${storage.fs} does not mount${ofNode(error)} with options ${JSON.stringify(storage.mount)}${layersText(storage)}: ${error.code}`,
      );
    }
    this.undo.add(() => lowerPatiently(this.#raised!));
    const seen = this.#storages.foldersAt(view);
    for (const [nth, from] of this.#storages.foldersAt(root).entries()) {
      const at = seen[nth]!;
      space.note({ kind: 'mount', what: at });
      mount(from, at, '', mountFlag.bind, '');
      mount('', at, '', mountFlag.bind | mountFlag.remount | mountFlag.readOnly | mountFlag.noAtime, '');
      this.undo.add(() => unmountPatiently(at));
    }
    if (stdoutFolder) {
      // Unmounted while the disk process still serves it: before anything else is taken down.
      this.undo.add(() => unmountPatiently(stdoutFolder));
    }
  }

  runSetup(command: string, timeoutMs: number): Promise<WorkloadEnd> {
    return runWorkload({
      ...this.#common(timeoutMs),
      command,
      id: `${this.context.space.id}-${this.context.name}-setup`,
      stdout: this.errorOutput,
    });
  }

  async runWorkload(command: string, { timeoutMs, kill, ...traced }: WorkloadOptions): Promise<WorkloadEnd> {
    const { space, name, stdoutFolder, onOutput, endStdout } = this.context;
    const inside = this.contained ? tracedInside(traced, stdoutFolder) : null;
    const { terminal = false } = traced;
    const tracer = inside ? null : tracerOf({ ...traced, withoutFilter: terminal && stdoutFolder !== null });
    const stdout = stdoutFolder ? openSync(join(stdoutFolder, 'stdout'), 'w') : 'pipe';
    try {
      const common = this.#common(timeoutMs);
      const end = await runWorkload({
        ...common,
        kill,
        env: { ...common.env, ...inside },
        command,
        ...(tracer ? { tracer } : {}),
        id: `${space.id}-${name}`,
        stdout,
        terminal,
        onStdout: onOutput,
      });
      if (stdoutFolder && saidAll(end)) await endStdout();
      return end;
    } finally {
      if (typeof stdout === 'number') closeSync(stdout);
    }
  }

  /** syncfs(2) through coreutils' sync(1), in a process of its own: it can take long. */
  async sync(): Promise<void> {
    await execa('sync', ['--file-system', ...this.#raised!.mounts], { reject: false });
  }

  /** fsync(2) of a block device flushes its cache. */
  async settle(): Promise<void> {
    await this.sync();
    await execa('sync', [...this.devices]);
  }

  async watch(payload: PayloadWriter): Promise<void> {
    const watch = new TouchWatch(this.paths.view);
    this.undo.add(() => watch.close());
    this.#looking = { taker: new SnapshotTaker(this.paths.view, payload), watch };
  }

  async look(): Promise<Looked> {
    const { taker, watch } = this.#looking!;
    const { tree, changed, removed } = taker.take();
    const touched = watch.collect(tree);
    const extents = this.#extentsOf(changed);
    return { changed, removed, touched, extents };
  }

  async allExtents(): Promise<Record<string, Extent[]>> {
    return this.#extentsOf(this.#looking!.taker.take().tree.values());
  }

  /** Where they lie on the recorded disk; of several on what they are one behind the other. */
  #extentsOf(entries: Iterable<TreeEntry>): Record<string, Extent[]> {
    const { disks, storage } = this.context;
    if (!showPlaces(storage.layers)) return {};
    const files = extentsOf(this.paths.view, entries);
    for (const path of Object.keys(files)) {
      const [first] = path.split('/');
      const nth = disks.findIndex(({ folder }) => folder === '' || folder === first);
      const firstByte = Math.max(0, nth) * diskSizeBytes(storage);
      files[path] = files[path]!.map(([logical, physical, length]) => [
        logical,
        firstByte + physical,
        length,
      ]);
    }
    return files;
  }

  async press(): Promise<CommitPressure> {
    const pressure = await PressureClient.start(this.context.space, {
      root: this.#raised!.bases[0]!,
      view: this.paths.view,
      fs: this.context.storage.fs,
    });
    this.undo.add(() => pressure.close());
    return pressure;
  }

  close(): Promise<void> {
    return this.undo.all();
  }

  #common(timeoutMs: number) {
    const { workloads, scenarioFolder, space, ackSocket, env, signal } = this.context;
    return {
      folder: this.paths.root,
      env: {
        ...programEnvironment(workloads, scenarioFolder),
        ...space.environment,
        PLUGPULL_ACK: ackSocket,
        ...env,
      },
      timeoutMs,
      stderr: this.errorOutput,
      signal,
    };
  }
}
