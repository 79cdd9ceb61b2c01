/**
 * Our own disk as a recorder: operations and acks are both stamped by the disk's process.
 */
import { join } from 'node:path';
import { diskSizeBytes } from '../attach/file-system.js';
import type { FromDisk } from '../disk/recording/messages.js';
import { scenarioFolder } from '../scenario/load.js';
import { diskNames } from '../scenario/nodes.js';
import type { ProcessSupply } from '../state/process-supply.js';
import { saidPatterns } from '../trace/said.js';
import { DiskClient } from './disk-client.js';
import type { OpenPlace, RecordingPlace } from './place.js';
import type { OpenRecorder, Recorder, RecorderContext, RecorderEnd } from './recorder.js';
import { Undo } from './undo.js';

/**
 * Records on our own disk, attached where the place is.
 *
 * @param processes where the disk's process comes from; by default it is started for each recording
 */
export function diskRecorder(openPlace: OpenPlace, processes?: ProcessSupply): OpenRecorder {
  return async (context) => {
    const undo = new Undo();
    try {
      return await open(openPlace, context, undo, processes);
    } catch (error) {
      await undo.all().catch(() => {});
      throw error;
    }
  };
}

async function open(
  openPlace: OpenPlace,
  context: RecorderContext,
  undo: Undo,
  processes: ProcessSupply | undefined,
): Promise<Recorder> {
  const { loaded, space, storage, name, traceFolder, onStep } = context;
  const { scenario } = loaded;
  const sockets = space.newFolder(name);
  const disks = diskNames(scenario).map((folder) => ({
    folder,
    socket: join(sockets, `${folder || 'disk'}.sock`),
  }));
  const ackSocket = join(sockets, 'ack.sock');
  const said = saidPatterns(scenario);
  const stdoutFolder =
    said === null || !openPlace.acksThroughFolder ? null : space.newFolder(`${name}/stdout`);

  onStep('starting the disk');
  const heard: Heard = { cutAt: null, cut: new AbortController(), faults: [] };
  const onMessage = (message: FromDisk): void => {
    if (message.type === 'ack') {
      const { ack, text, block_index, time_ns, source } = message;
      context
        .onAck(ack, { block_index, time_ns, text, source })
        .catch((error: Error) => heard.faults.push(error.message))
        // Also without one its giver goes on: the recording has failed, and ends.
        .then(() => disk.send({ type: 'snapshot-taken', ack }));
    } else if (message.type === 'begun') context.onBegun(message);
    else if (message.type === 'stdout') context.onOutput(Buffer.from(message.data, 'base64'));
    else if (message.type === 'cut') {
      heard.cutAt = message.block_index;
      heard.cut.abort();
    } else if (message.type === 'fault') heard.faults.push(message.message);
  };
  const disk = await DiskClient.start(
    space,
    {
      sizeBytes: diskSizeBytes(storage),
      behaviour: storage.disk,
      diskSockets: disks.map(({ socket }) => socket),
      diskProtocol: openPlace.diskProtocol,
      diskId: name,
      ackSocket,
      stdoutFolder,
      said,
      writeDelayMs: context.writeDelayMs,
      baseImage: join(traceFolder, 'base.img'),
      blockLog: join(traceFolder, 'disk.log'),
      ...(context.content === undefined ? {} : { content: context.content }),
    },
    onMessage,
    processes,
  );
  undo.add(() => disk.close());
  const place = await openPlace.open({
    space,
    name,
    storage,
    disks,
    ackSocket,
    stdoutFolder,
    said,
    workloads: context.workloads,
    scenarioFolder: scenarioFolder(loaded),
    env: scenario.workload.env,
    errorFile: join(traceFolder, 'workload.err'),
    onOutput: context.onOutput,
    endStdout: () => disk.endStdout(),
    giveAck: (text, source) => disk.giveAck(text, source),
    signal: context.signal,
    onStep,
  });
  undo.add(() => place.close());
  return new DiskRecorder(place, disk, heard, undo);
}

/** What the disk's process said by itself. */
interface Heard {
  cutAt: number | null;
  cut: AbortController;
  faults: string[];
}

class DiskRecorder implements Recorder {
  constructor(
    readonly place: RecordingPlace,
    private readonly disk: DiskClient,
    private readonly heard: Heard,
    private readonly undo: Undo,
  ) {}

  get cut(): AbortSignal {
    return this.heard.cut.signal;
  }

  async start(): Promise<void> {
    const started = this.disk.next('started');
    this.disk.send({ type: 'start' });
    // mkfs and sync both flush: a disk that saw none is not the one that the file system is on.
    if ((await started).flushes_before === 0) {
      throw new Error(
        'the recorded disk saw no flush before the recording; the file system seems to lie elsewhere',
      );
    }
  }

  async stop(): Promise<RecorderEnd> {
    const stopped = this.disk.next('stopped');
    this.disk.send({ type: 'stop' });
    const { started_unix_ns, durable_at } = await stopped;
    const { cutAt, faults } = this.heard;
    if (faults.length > 0) throw new Error(`the recording failed: ${faults.join('; ')}`);
    // Only where the system calls' times are by the same clock can the two orders be held against each other.
    const clock = this.place.sharesClock ? { started_unix_ns, durable_at } : null;
    return { cutAt, clock, ackIndexes: null, doubt: null };
  }

  close(): Promise<void> {
    return this.undo.all();
  }
}
