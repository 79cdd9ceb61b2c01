/**
 * The kernel's dm-log-writes as a recorder: writes and acks are both logged by the target, in the guest.
 *
 * An ack is a mark that is set while its giver waits, so it stands behind every write that was flushed before. The log
 * becomes the trace's when the recording ends; only then is it known where the acks lie.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { diskSizeBytes } from '../../harness/attach/file-system.js';
import type { RecordingPlace } from '../../harness/capture/place.js';
import type { OpenRecorder, Recorder, RecorderContext, RecorderEnd } from '../../harness/capture/recorder.js';
import { Undo } from '../../harness/capture/undo.js';
import { traceOfKernelLog } from '../../harness/interchange/kernel-log.js';
import { containerOf } from '../../harness/scenario/container.js';
import { scenarioFolder } from '../../harness/scenario/load.js';
import { begunText, saidPatterns } from '../../harness/trace/said.js';
import type { GuestMachine } from '../machine/guest-machine.js';
import { GuestPlace } from './guest-place.js';
import { LogWritesTarget } from './log-writes-target.js';

/** It is sparse: only what is logged takes room. A log holds everything since mkfs. */
const defaultLogBytes = 64 * 2 ** 30;
const startMark = 'plugpull-start';

/**
 * @param machine a guest that nobody else uses meanwhile
 * @param options `logBytes`: small only to show what a full log does
 */
export function logWritesRecorder(machine: GuestMachine, options: { logBytes?: number } = {}): OpenRecorder {
  const { logBytes = defaultLogBytes } = options;
  return async (context) => {
    context.onStep('starting dm-log-writes');
    const { space, name, storage, writeDelayMs } = context;
    const sizeBytes = diskSizeBytes(storage);
    const target = await LogWritesTarget.make({
      machine,
      space,
      name,
      sizeBytes,
      bus: storage.disk.bus,
      writeDelayMs,
      logBytes,
    });
    return new LogWritesRecorder(machine, context, target, sizeBytes);
  };
}

class LogWritesRecorder implements Recorder {
  readonly cut = new AbortController().signal;
  readonly place: RecordingPlace;
  readonly #undo = new Undo();
  readonly #acks: string[] = [];
  #startedNs = process.hrtime.bigint();
  /** One mark after the other, numbered in their order. */
  #marking: Promise<unknown> = Promise.resolve();

  constructor(
    machine: GuestMachine,
    private readonly context: RecorderContext,
    private readonly target: LogWritesTarget,
    private readonly sizeBytes: number,
  ) {
    const { loaded, name, storage, workloads, onOutput, signal, traceFolder } = context;
    const { scenario } = loaded;
    this.place = new GuestPlace(
      machine,
      {
        name,
        storage,
        workloads,
        onOutput,
        signal,
        scenarioFolder: scenarioFolder(loaded),
        env: scenario.workload.env,
        contained: containerOf(scenario) !== null,
        said: saidPatterns(scenario),
        errorFile: join(traceFolder, 'workload.err'),
        giveAck: (text, source) => this.#give(text, source),
      },
      { device: target.device, letGo: () => target.close() },
    );
    this.#undo.add(() => this.place.close());
  }

  async start(): Promise<void> {
    await this.target.mark(startMark);
    this.#startedNs = process.hrtime.bigint();
  }

  async stop(): Promise<RecorderEnd> {
    const { space, name, traceFolder } = this.context;
    const content = space.path(`${name}/content.img`);
    this.#undo.add(() => rmSync(content, { force: true }));
    const stopped = await this.target.takeAway(content);
    const { ackIndexes, doubt } = await traceOfKernelLog({
      log: this.target.log,
      sizeBytes: this.sizeBytes,
      startMark,
      acks: this.#acks.map((text, i) => ({ mark: markOf(i + 1), text })),
      content,
      stopped,
      traceFolder,
    });
    return { cutAt: null, clock: null, ackIndexes, doubt };
  }

  close(): Promise<void> {
    return this.#undo.all();
  }

  #timeNs(): string {
    return (process.hrtime.bigint() - this.#startedNs).toString();
  }

  async #give(text: string, source: 'socket' | 'stdout'): Promise<'ok'> {
    const begun = begunText(text);
    const marked = this.#marking.then(async () => {
      if (begun !== null) {
        this.context.onBegun({ type: 'begun', block_index: 0, time_ns: this.#timeNs(), text: begun, source });
        return;
      }
      const ack = this.#acks.length + 1;
      await this.target.mark(markOf(ack));
      this.#acks.push(text);
      return this.context.onAck(ack, { block_index: 0, time_ns: this.#timeNs(), text, source });
    });
    this.#marking = marked.catch(() => {});
    await marked;
    return 'ok';
  }
}

/** Ack texts may hold spaces, be long, or come twice; the events have them in full. */
function markOf(ack: number): string {
  return `plugpull-ack-${ack}`;
}
