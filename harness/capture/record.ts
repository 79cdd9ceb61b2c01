/**
 * Records a workload: the first half of every run, wherever the workload runs and whoever notes what its disk is told.
 *
 * Guarantees that a snapshot belonging to an ack shows the directory while its giver waited, and that recording goes
 * on through one sync after the workload ended. Block operations and acks are in one order by the recorder's
 * guarantee. Leaves a trace folder.
 */
import { closeSync, existsSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { diskSizeBytes } from '../attach/file-system.js';
import { checksumsOf } from '../attach/trace-checksums.js';
import { asksWhatFilesHeld } from '../promise/promises.js';
import type { LoadedScenario } from '../scenario/load.js';
import { diskNames } from '../scenario/nodes.js';
import { setupCommand, workloadCommand } from '../server/programs.js';
import type { RunSpace } from '../state/run-space.js';
import { EventFile } from '../trace/event-file.js';
import { callsFile, type Manifest, writeManifest } from '../trace/manifest.js';
import { PayloadWriter } from '../trace/payload.js';
import { saidPatterns } from '../trace/said.js';
import { makeNamedFolder } from '../verdict/make-folder.js';
import { DiskFullError, namesSize, withDiskOf, withLargerDisk } from './grown-disk.js';
import { LongLines } from './long-lines.js';
import { featuresMade } from './made-file-system.js';
import { manifestHead } from './manifest-head.js';
import type { OpenRecorder } from './recorder.js';
import { saidLast } from './said-last.js';
import { scheduleOf } from './schedule.js';
import { Undo } from './undo.js';
import { untraced } from './untraced.js';
import { endedWell, requireSetup } from './workload.js';

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
  /** strace(1) works there: under pressure, calls that change names, cut files or sync may be held up. */
  mayDelayCalls?: boolean;
  /** A disk image to begin with, of a disk that lost its power: nothing is set up then. */
  content?: string | undefined;
  /** When the disk loses its power what runs is killed; else it goes on, and sees what `later_writes` says. */
  endsAtCut?: boolean;
  onStep?: ((step: string) => void) | undefined;
}

export interface RecordOptions extends RecordingJob {
  openRecorder: OpenRecorder;
}

/** On a disk that the setup fills, and whose size nobody named, again on a larger one. */
export async function record(options: RecordOptions): Promise<Manifest> {
  const { content, storageIndex, onStep = () => {} } = options;
  let { loaded } = options;
  const grows = content === undefined && !namesSize(loaded, storageIndex);
  if (content !== undefined) loaded = withDiskOf(content, loaded, storageIndex);
  for (;;) {
    try {
      return await recordOnce({ ...options, loaded });
    } catch (error) {
      const isFull = grows && error instanceof DiskFullError;
      const larger = isFull ? withLargerDisk(loaded, storageIndex) : null;
      if (larger === null) throw error;
      loaded = larger;
      onStep('the setup filled the disk: again on one twice as large');
    }
  }
}

async function recordOnce(options: RecordOptions): Promise<Manifest> {
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
  const schedule = scheduleOf(options.recording);
  const { writeDelayMs } = schedule;
  makeNamedFolder('--out', traceFolder);
  const said = saidPatterns(scenario);
  const printed = said && new LongLines(said);
  const events = new EventFile(join(traceFolder, 'events.ndjson'));
  undo.add(() => events.close());
  const errorFile = join(traceFolder, 'workload.err');
  const output = openSync(join(traceFolder, 'workload.out'), 'w');
  undo.add(() => closeSync(output));

  let looking: ((ack: number) => Promise<void>) | null = null;
  // One look after the other, in the order of the acks.
  let looks = Promise.resolve();
  const recorder = await options.openRecorder({
    space,
    name: `record-${space.nextNumber()}`,
    loaded,
    storage,
    writeDelayMs,
    traceFolder,
    content: options.content,
    workloads: options.workloads,
    signal: options.signal,
    onStep,
    onOutput(data) {
      printed?.push(data);
      writeFileSync(output, data);
    },
    onAck(ack, stamped) {
      events.add({ type: 'ack', ...stamped });
      looks = looks.then(() => looking?.(ack));
      return looks;
    },
    onBegun: (begun) => events.add(begun),
  });
  undo.add(() => recorder.close());
  const at = recorder.place;

  onStep(`${options.content === undefined ? 'making' : 'mounting'} ${storage.fs}`);
  if (options.content === undefined) await at.makeFileSystem();
  await at.mountFileSystem();
  const { timeout } = scenario.workload;
  const setup = options.content === undefined ? setupCommand(scenario) : undefined;
  if (setup !== undefined) {
    onStep('running the setup');
    const end = await at.runSetup(setup, timeout);
    requireSetup(end, errorFile);
  }
  await at.settle();

  const payload = new PayloadWriter(join(traceFolder, 'payload.bin'));
  undo.add(() => payload.close());
  await at.watch(payload);
  const take = async (ack: number, final: boolean): Promise<void> => {
    const { changed, removed, touched, extents } = await at.look();
    events.add({ type: 'snapshot', ack, final, changed, removed, touched });
    if (changed.length > 0) events.add({ type: 'extents', ack, files: extents });
  };
  await take(0, false);
  await recorder.start();
  // The kernel's target has an image only at the end; what is wrong with ours is said before the workload runs.
  const baseImage = join(traceFolder, 'base.img');
  let features = existsSync(baseImage) ? featuresMade(baseImage, storage) : null;

  const pressure = schedule.kind === 'commit_pressure' ? await at.press() : null;

  onStep('running the workload');
  let acks = 0;
  // What nobody is going to ask for is not worth what it costs: a database is stored whole with each ack.
  const looksAtAcks = asksWhatFilesHeld(scenario);
  looking = async (ack) => {
    acks = ack;
    if (looksAtAcks) await take(ack, false);
    await pressure?.commit();
  };
  const end = await at.runWorkload(workloadCommand(scenario, storage.disk.cut?.log), {
    timeoutMs: timeout,
    callsFile: options.traceCalls ? join(traceFolder, callsFile) : null,
    lateChanges: pressure !== null && options.mayDelayCalls === true,
    terminal: scenario.workload.terminal,
    ...(options.endsAtCut ? { kill: recorder.cut } : {}),
  });
  options.signal?.throwIfAborted();
  const log = join(traceFolder, callsFile);
  if (options.traceCalls && !existsSync(log)) throw untraced(log, saidLast(errorFile).join(' | '));
  await looks;
  looking = null;
  onStep('recording the last writes');
  await take(acks, true);
  await pressure?.commit();
  await pressure?.close();
  // What the kernel still holds back belongs to the recording. A disk with faults may refuse; that is its right.
  await at.sync();
  events.add({ type: 'extents', ack: acks, files: await at.allExtents() });
  const { cutAt, clock, ackIndexes, doubt: recordersDoubt } = await recorder.stop();
  const doubt = recordersDoubt ?? printed?.doubt() ?? null;
  if (clock) events.add({ type: 'clock', ...clock });
  if (ackIndexes) events.placeAcks(ackIndexes);
  features ??= featuresMade(baseImage, storage);

  const manifest: Manifest = {
    ...manifestHead(options),
    kernel: at.kernel,
    machine: at.machine,
    ...(at.container ? { container: at.container } : {}),
    features,
    size_bytes: diskSizeBytes(storage) * diskNames(scenario).length,
    write_delay_ms: writeDelayMs,
    ...(pressure ? { commits: pressure.commits } : {}),
    workload: endedWell(end, scenario) ? end : { ...end, last_words: saidLast(errorFile) },
    ...(options.traceCalls
      ? { calls: { root: at.root, ack_socket: at.ackSocket, umask: at.umask, user: at.user } }
      : {}),
    cut_at: cutAt,
    ...(doubt === null ? {} : { doubt }),
    checksums: checksumsOf(traceFolder),
  };
  writeManifest(traceFolder, manifest);
  return manifest;
}
