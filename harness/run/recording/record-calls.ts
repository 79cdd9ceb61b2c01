import { appendFileSync, rmSync, writeFileSync } from 'node:fs';
import { arch, release } from 'node:os';
import { join } from 'node:path';
import { checksumsOf } from '../../attach/trace-checksums.js';
import { manifestHead } from '../../capture/manifest-head.js';
import { SnapshotTaker } from '../../capture/snapshot.js';
import type { RunRecorder } from '../../contract/tracing/trace-workload.js';
import type { LoadedScenario } from '../../scenario/load.js';
import { ownUser } from '../../trace/attributes.js';
import { lookEvent } from '../../trace/look-events.js';
import { callsFile, writeManifest } from '../../trace/manifest.js';
import { PayloadWriter } from '../../trace/payload.js';
import { makeNamedFolder } from '../../verdict/make-folder.js';

/** Keeps what judging the system calls of a run again needs, in a trace folder without a disk. */
export class CallsRecording implements RunRecorder {
  readonly logFile: string;
  #payload: PayloadWriter | null = null;
  #taker: SnapshotTaker | null = null;

  constructor(
    private readonly folder: string,
    private readonly of: { loaded: LoadedScenario; storageIndex: number; workloads: string },
  ) {
    this.logFile = join(folder, callsFile);
  }

  started(directory: string): void {
    rmSync(this.folder, { recursive: true, force: true });
    makeNamedFolder('--out', this.folder);
    this.#payload = new PayloadWriter(join(this.folder, 'payload.bin'));
    this.#taker = new SnapshotTaker(directory, this.#payload);
    this.#snapshot(false);
  }

  ended({ run, root, socket, looks = [] }: Parameters<RunRecorder['ended']>[0]): void {
    for (const look of looks) this.#add(lookEvent(look, this.#payload!));
    this.#snapshot(true);
    this.#payload?.close();
    writeFileSync(join(this.folder, 'workload.err'), run.stderr);
    writeManifest(this.folder, {
      ...manifestHead({ ...this.of, recording: 0 }),
      kernel: release(),
      machine: arch(),
      size_bytes: null,
      workload: {
        exit_code: run.exitCode,
        signal: run.signal,
        timed_out: run.timedOut,
        duration_ms: Math.round(run.elapsedMs),
      },
      calls: { root, ack_socket: socket, umask: process.umask(), user: ownUser() },
      cut_at: null,
      checksums: checksumsOf(this.folder),
    });
  }

  #snapshot(final: boolean): void {
    const { changed, removed } = this.#taker!.take();
    // Which ack came when is in the log; how often a name was taken in between, too.
    const event = { type: 'snapshot', ack: 0, final, changed, removed, touched: null };
    this.#add(event);
  }

  #add(event: object): void {
    appendFileSync(join(this.folder, 'events.ndjson'), `${JSON.stringify(event)}\n`);
  }
}
