/**
 * Records a workload on a disk of our own: the first half of every run, wherever the workload runs.
 *
 * Guarantees that block operations and acks are in one order (both are stamped by the disk's process), that a
 * snapshot belonging to an ack shows the directory while its giver waited, and that recording goes on through
 * one sync after the workload ended. Leaves a trace folder.
 */
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { diskSizeBytes } from '../attach/file-system.js';
import type { FromDisk } from '../disk/recording/messages.js';
import type { OpenPlace, RecordingPlace } from '../place/place.js';
import { Undo } from '../place/undo.js';
import type { LoadedScenario } from '../scenario/load.js';
import { scenarioFolder } from '../scenario/load.js';
import type { RunSpace } from '../state/run-space.js';
import type { TraceEvent } from '../trace/events.js';
import { callsFile, type Manifest, traceSchema, writeManifest } from '../trace/manifest.js';
import { PayloadWriter } from '../trace/payload.js';
import { UsageError } from '../verdict/errors.js';
import { toolVersion } from '../version.js';
import { DiskClient } from './disk-client.js';

/** What is recorded, and into where. */
export interface RecordingJob {
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
  /** Trace the workload's system calls into the trace folder. */
  traceCalls?: boolean;
  onStep?: ((step: string) => void) | undefined;
}

export interface RecordOptions extends RecordingJob {
  openPlace: OpenPlace;
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
  const nbdSocket = join(sockets, 'nbd.sock');
  const ackSocket = join(sockets, 'ack.sock');
  const place = options.openPlace;
  const stdoutFolder =
    scenario.ack.stdout === undefined || !place.acksThroughFolder ? null : space.newFolder(`${name}/stdout`);

  onStep('starting the disk');
  let looking: ((ack: number) => Promise<void>) | null = null;
  // One look after the other, in the order of the acks.
  let looks = Promise.resolve();
  let cutAt: number | null = null;
  const faults: string[] = [];
  const onMessage = (message: FromDisk): void => {
    if (message.type === 'ack') {
      const { ack, text, block_index, time_ns, source } = message;
      events({ type: 'ack', block_index, time_ns, text, source });
      looks = looks.then(async () => {
        await looking?.(ack);
        disk.send({ type: 'snapshot-taken', ack });
      });
      looks.catch((error: Error) => faults.push(error.message));
    } else if (message.type === 'stdout') appendFileSync(outputPath, Buffer.from(message.data, 'base64'));
    else if (message.type === 'cut') cutAt = message.block_index;
    else if (message.type === 'fault') faults.push(message.message);
  };
  const disk = await DiskClient.start(
    space,
    {
      sizeBytes: diskSizeBytes(storage),
      behaviour: storage.disk,
      nbdSocket,
      ackSocket,
      stdoutFolder,
      ackPattern: scenario.ack.stdout ?? null,
      baseImage: join(traceFolder, 'base.img'),
      blockLog: join(traceFolder, 'disk.log'),
    },
    onMessage,
  );
  undo.add(() => disk.close());
  const at: RecordingPlace = await place.open({
    space,
    name,
    storage,
    nbdSocket,
    ackSocket,
    stdoutFolder,
    ackPattern: scenario.ack.stdout ?? null,
    workloads: options.workloads,
    scenarioFolder: scenarioFolder(loaded),
    env: scenario.workload.env,
    errorFile: join(traceFolder, 'workload.err'),
    onOutput: (data) => appendFileSync(outputPath, data),
    giveAck: (text, source) => disk.giveAck(text, source),
    signal: options.signal,
    onStep,
  });
  undo.add(() => at.close());

  onStep(`making ${storage.fs}`);
  await at.makeFileSystem();
  const { setup, run, timeout } = scenario.workload;
  if (setup !== undefined) {
    onStep('running the setup');
    const end = await at.runSetup(setup, timeout);
    if (end.exit_code !== 0) {
      throw new UsageError(
        `workload.setup: expected exit code 0, got ${end.timed_out ? 'a time-out' : (end.signal ?? end.exit_code)}: see ${join(traceFolder, 'workload.err')}`,
      );
    }
  }
  await at.sync();

  const payload = new PayloadWriter(join(traceFolder, 'payload.bin'));
  undo.add(() => payload.close());
  await at.watch(payload);
  const take = async (ack: number, final: boolean): Promise<void> => {
    const { changed, removed, touched, extents } = await at.look();
    events({ type: 'snapshot', ack, final, changed, removed, touched });
    if (changed.length > 0) events({ type: 'extents', ack, files: extents });
  };
  await take(0, false);
  const started = disk.next('started');
  disk.send({ type: 'start' });
  // mkfs and sync both flush: a disk that saw none is not the one that the file system is on.
  if ((await started).flushes_before === 0) {
    throw new Error(
      'the recorded disk saw no flush before the recording; the file system seems to lie elsewhere',
    );
  }

  onStep('running the workload');
  let acks = 0;
  looking = async (ack) => {
    acks = ack;
    await take(ack, false);
  };
  const end = await at.runWorkload(run, {
    timeoutMs: timeout,
    callsFile: options.traceCalls ? join(traceFolder, callsFile) : null,
  });
  options.signal?.throwIfAborted();
  await looks;
  looking = null;
  onStep('recording the last writes');
  await take(acks, true);
  // What the kernel still holds back belongs to the recording. A disk with faults may refuse; that is its right.
  await at.sync();
  events({ type: 'extents', ack: acks, files: await at.allExtents() });
  const stopped = disk.next('stopped');
  disk.send({ type: 'stop' });
  const { started_unix_ns, durable_at } = await stopped;
  // Only where the system calls' times are by the same clock can the two orders be held against each other.
  if (at.sharesClock) events({ type: 'clock', started_unix_ns, durable_at });
  if (faults.length > 0) throw new Error(`the recording failed: ${faults.join('; ')}`);

  const manifest: Manifest = {
    schema: traceSchema,
    tool: { name: 'plugpull', version: toolVersion },
    kernel: at.kernel,
    machine: at.machine,
    recorded_at: new Date().toISOString(),
    scenario: { input: loaded.input, ...scenario },
    storage: options.storageIndex,
    size_bytes: diskSizeBytes(storage),
    seed: scenario.explore.seed,
    recording: options.recording,
    workload: end,
    ...(options.traceCalls ? { calls: { root: at.root, ack_socket: at.ackSocket, umask: at.umask } } : {}),
    cut_at: cutAt,
    workloads: options.workloads,
    scenario_folder: scenarioFolder(loaded),
  };
  writeManifest(traceFolder, manifest);
  return manifest;
}
