/**
 * Records a workload on a disk of our own: the first half of every run.
 *
 * Assumes root, FUSE and loop devices. Guarantees that block operations and acks are in one order (both are
 * stamped by the disk's process), that a snapshot belonging to an ack shows the directory while its giver
 * waited, and that recording goes on through one sync after the workload ended. Leaves a trace folder.
 */
import { appendFileSync, closeSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { arch, release } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { type Attachment, attachDisk } from '../attach/attached-disk.js';
import { diskSizeBytes } from '../attach/file-system.js';
import { mount, mountFlag, SystemCallError } from '../attach/libc.js';
import { makeFileSystem } from '../attach/make-file-system.js';
import { mountStorage, unmountPatiently } from '../attach/mounting.js';
import type { FromDisk } from '../disk/recording/messages.js';
import type { LoadedScenario } from '../scenario/load.js';
import { scenarioFolder } from '../scenario/load.js';
import type { RunSpace } from '../state/run-space.js';
import { straceCommand } from '../syscalls/strace-command.js';
import type { TraceEvent } from '../trace/events.js';
import { callsFile, type Manifest, traceSchema, writeManifest } from '../trace/manifest.js';
import { PayloadWriter } from '../trace/payload.js';
import { UsageError } from '../verdict/errors.js';
import { toolVersion } from '../version.js';
import { DiskClient } from './disk-client.js';
import { programEnvironment } from './environment.js';
import { extentsOf } from './extents.js';
import { SnapshotTaker } from './snapshot.js';
import { TouchWatch } from './touch-watch.js';
import { runWorkload, type WorkloadEnd } from './workload.js';

export interface RecordOptions {
  loaded: LoadedScenario;
  /** Which of the scenario's storages. */
  storageIndex: number;
  /** Which of the scenario's recordings. */
  recording: number;
  /** The trace folder to make. */
  traceFolder: string;
  space: RunSpace;
  workloads: string;
  signal?: AbortSignal | undefined;
  /** How the disk becomes a block device; nbdfuse by default. */
  attachment?: Attachment | undefined;
  /** Trace the workload's system calls into the trace folder. */
  traceCalls?: boolean;
  /** Off only to show that the calibration notices. */
  directIo?: boolean;
  onStep?: (step: string) => void;
}

/** Resources in the order they were made; undone in reverse, each attempt whatever the others did. */
class Undo {
  readonly #steps: (() => Promise<void> | void)[] = [];

  add(step: () => Promise<void> | void): void {
    this.#steps.push(step);
  }

  async all(): Promise<void> {
    const errors: unknown[] = [];
    for (const step of this.#steps.reverse()) {
      try {
        await step();
      } catch (error) {
        errors.push(error);
      }
    }
    this.#steps.length = 0;
    if (errors.length > 0) throw errors[0];
  }
}

export async function record(options: RecordOptions): Promise<Manifest> {
  const undo = new Undo();
  try {
    const manifest = await recordWith(options, undo);
    await undo.all();
    return manifest;
  } catch (error) {
    // What failed first is what the user needs to hear; the clean-up at the end of the run tries again.
    await undo.all().catch(() => {});
    throw error;
  }
}

async function recordWith(options: RecordOptions, undo: Undo): Promise<Manifest> {
  const { loaded, space, traceFolder, onStep = () => {} } = options;
  const { scenario } = loaded;
  const storage = scenario.storage[options.storageIndex]!;
  const name = `record-${space.nextNumber()}`;
  mkdirSync(traceFolder, { recursive: true });
  const eventsPath = join(traceFolder, 'events.ndjson');
  writeFileSync(eventsPath, '');
  const events = (event: TraceEvent): void => appendFileSync(eventsPath, `${JSON.stringify(event)}\n`);
  const outputPath = join(traceFolder, 'workload.out');
  writeFileSync(outputPath, '');
  const sockets = space.newFolder(name);
  const stdoutFolder = scenario.ack.stdout === undefined ? null : space.newFolder(`${name}/stdout`);

  onStep('starting the disk');
  let snapshots: ((ack: number, final: boolean) => void) | null = null;
  let cutAt: number | null = null;
  const faults: string[] = [];
  const onMessage = (message: FromDisk): void => {
    if (message.type === 'ack') {
      const { ack, text, block_index, time_ns, source } = message;
      events({ type: 'ack', block_index, time_ns, text, source });
      snapshots?.(ack, false);
      disk.send({ type: 'snapshot-taken', ack });
    } else if (message.type === 'stdout') appendFileSync(outputPath, Buffer.from(message.data, 'base64'));
    else if (message.type === 'cut') cutAt = message.block_index;
    else if (message.type === 'fault') faults.push(message.message);
  };
  const disk = await DiskClient.start(
    space,
    {
      sizeBytes: diskSizeBytes(storage),
      behaviour: storage.disk,
      nbdSocket: join(sockets, 'nbd.sock'),
      ackSocket: join(sockets, 'ack.sock'),
      stdoutFolder,
      ackPattern: scenario.ack.stdout ?? null,
      baseImage: join(traceFolder, 'base.img'),
      blockLog: join(traceFolder, 'disk.log'),
    },
    onMessage,
  );
  undo.add(() => disk.close());
  const attached = await attachDisk({
    attachment: options.attachment ?? 'nbdfuse',
    space,
    socketPath: join(sockets, 'nbd.sock'),
    name: `${name}/disk`,
    directIo: options.directIo ?? true,
  });
  undo.add(() => attached.detach());
  const { device } = attached;

  onStep(`making ${storage.fs}`);
  await makeFileSystem(device, storage);
  const root = space.newFolder(`${name}/root`);
  const view = space.newFolder(`${name}/view`);
  space.note({ kind: 'mount', what: root });
  try {
    mountStorage(device, root, storage);
  } catch (error) {
    if (!(error instanceof SystemCallError)) throw error;
    throw new UsageError(
      `storage.mount: a fresh ${storage.fs} does not mount with options ${JSON.stringify(storage.mount)}: ${error.code}`,
    );
  }
  undo.add(() => unmountPatiently(root));
  space.note({ kind: 'mount', what: view });
  mount(root, view, '', mountFlag.bind, '');
  mount('', view, '', mountFlag.bind | mountFlag.remount | mountFlag.readOnly | mountFlag.noAtime, '');
  undo.add(() => unmountPatiently(view));
  if (stdoutFolder) {
    // Unmounted while the disk process still serves it: before anything else is taken down.
    undo.add(() => unmountPatiently(stdoutFolder));
  }

  const env = workloadEnvironment(options, join(sockets, 'ack.sock'));
  const errorOutput = openSync(join(traceFolder, 'workload.err'), 'w');
  undo.add(() => closeSync(errorOutput));
  const run = { folder: root, env, timeoutMs: scenario.workload.timeout, signal: options.signal };
  if (scenario.workload.setup !== undefined) {
    onStep('running the setup');
    const setup = await runWorkload({
      ...run,
      command: scenario.workload.setup,
      id: `${space.id}-${name}-setup`,
      stdout: errorOutput,
      stderr: errorOutput,
    });
    if (setup.exit_code !== 0) {
      throw new UsageError(
        `workload.setup: expected exit code 0, got ${setup.timed_out ? 'a time-out' : (setup.signal ?? setup.exit_code)}: see ${join(traceFolder, 'workload.err')}`,
      );
    }
  }
  await syncFileSystem(root);

  const payload = new PayloadWriter(join(traceFolder, 'payload.bin'));
  undo.add(() => payload.close());
  const taker = new SnapshotTaker(view, payload);
  const watch = new TouchWatch(view);
  undo.add(() => watch.close());
  const takeSnapshot = (ack: number, final: boolean): void => {
    const { tree, changed, removed } = taker.take();
    events({ type: 'snapshot', ack, final, changed, removed, touched: watch.collect(tree) });
    if (changed.length > 0) events({ type: 'extents', ack, files: extentsOf(view, subtree(tree, changed)) });
  };
  takeSnapshot(0, false);
  const started = disk.next('started');
  disk.send({ type: 'start' });
  // mkfs and sync both flush: a disk that saw none is not the one that the file system is on.
  if ((await started).flushes_before === 0) {
    throw new Error(`the recorded disk saw no flush before the recording; ${device} seems to lead elsewhere`);
  }

  onStep('running the workload');
  let acks = 0;
  snapshots = (ack, final) => {
    acks = ack;
    takeSnapshot(ack, final);
  };
  const tracer = straceCommand({ logFile: join(traceFolder, callsFile), aside: true });
  const stdout = stdoutFolder ? openSync(join(stdoutFolder, 'stdout'), 'w') : 'pipe';
  let end: WorkloadEnd;
  try {
    end = await runWorkload({
      ...run,
      command: scenario.workload.run,
      ...(options.traceCalls ? { tracer } : {}),
      id: `${space.id}-${name}`,
      stdout,
      stderr: errorOutput,
      onStdout(data) {
        appendFileSync(outputPath, data);
      },
    });
  } finally {
    if (typeof stdout === 'number') closeSync(stdout);
  }
  options.signal?.throwIfAborted();
  snapshots = null;
  onStep('recording the last writes');
  takeSnapshot(acks, true);
  // What the kernel still holds back belongs to the recording. A disk with faults may refuse; that is its right.
  await syncFileSystem(root);
  events({ type: 'extents', ack: acks, files: extentsOf(view, taker.take().tree) });
  const stopped = disk.next('stopped');
  disk.send({ type: 'stop' });
  await stopped;
  if (faults.length > 0) throw new Error(`the disk process failed: ${faults.join('; ')}`);

  const manifest: Manifest = {
    schema: traceSchema,
    tool: { name: 'plugpull', version: toolVersion },
    kernel: release(),
    machine: arch(),
    recorded_at: new Date().toISOString(),
    scenario: { input: loaded.input, ...scenario },
    storage: options.storageIndex,
    size_bytes: diskSizeBytes(storage),
    seed: scenario.explore.seed,
    recording: options.recording,
    workload: end,
    ...(options.traceCalls
      ? { calls: { root, ack_socket: join(sockets, 'ack.sock'), umask: process.umask() } }
      : {}),
    cut_at: cutAt,
    workloads: options.workloads,
    scenario_folder: scenarioFolder(loaded),
  };
  writeManifest(traceFolder, manifest);
  return manifest;
}

function workloadEnvironment(options: RecordOptions, ackSocket: string): Record<string, string> {
  return {
    ...programEnvironment(options.workloads, scenarioFolder(options.loaded)),
    ...options.space.environment,
    PLUGPULL_ACK: ackSocket,
    ...options.loaded.scenario.workload.env,
  };
}

/** syncfs(2) through coreutils' sync(1), in a process of its own: it can take long. */
async function syncFileSystem(path: string): Promise<void> {
  await execa('sync', ['--file-system', path], { reject: false });
}

function subtree<T>(tree: Map<string, T>, entries: readonly { path: string }[]): Map<string, T> {
  return new Map(entries.flatMap(({ path }) => (tree.has(path) ? [[path, tree.get(path)!]] : [])));
}
