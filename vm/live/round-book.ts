/**
 * What is seen of one round besides its disk, written down as a recording is: acks, and the workload's directory at
 * each of them. Its folder is a trace, so that what judges traces judges rounds.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checksumsOf } from '../../harness/attach/trace-checksums.js';
import { manifestHead } from '../../harness/capture/manifest-head.js';
import type { Looked } from '../../harness/capture/place.js';
import type { WorkloadEnd } from '../../harness/capture/workload.js';
import { containerOf } from '../../harness/scenario/container.js';
import type { LoadedScenario } from '../../harness/scenario/load.js';
import { EventFile } from '../../harness/trace/event-file.js';
import type { AckEvent, BegunEvent, TreeEntry } from '../../harness/trace/events.js';
import { writeManifest } from '../../harness/trace/manifest.js';
import { PayloadWriter } from '../../harness/trace/payload.js';
import type { GuestMachine } from '../machine/guest-machine.js';

export class RoundBook {
  readonly payload: PayloadWriter;
  /** The directory at the last snapshot. */
  readonly tree = new Map<string, TreeEntry>();
  readonly #events: EventFile;
  #acks = 0;

  constructor(readonly folder: string) {
    mkdirSync(folder, { recursive: true });
    this.#events = new EventFile(this.#path('events.ndjson'));
    writeFileSync(this.outputFile, '');
    this.payload = new PayloadWriter(this.#path('payload.bin'));
  }

  get outputFile(): string {
    return this.#path('workload.out');
  }

  get errorFile(): string {
    return this.#path('workload.err');
  }

  /** Acks given so far. */
  get acks(): number {
    return this.#acks;
  }

  ack(ack: Omit<AckEvent, 'type'>): void {
    this.#acks++;
    this.#events.add({ type: 'ack', ...ack });
  }

  begun(begun: BegunEvent): void {
    this.#events.add(begun);
  }

  /** @param ack how many acks had been given */
  snapshot({ changed, removed, touched, extents }: Looked, ack: number, final = false): void {
    for (const path of removed) this.tree.delete(path);
    for (const entry of changed) this.tree.set(entry.path, entry);
    this.#events.add({ type: 'snapshot', ack, final, changed, removed, touched });
    if (changed.length > 0) this.#events.add({ type: 'extents', ack, files: extents });
  }

  /** Nobody could look at the end: what the workload did after its last ack is not known, and cannot accuse it. */
  unseen(): void {
    const changed = [...this.tree.values()];
    this.#events.add({ type: 'snapshot', ack: this.#acks, final: true, changed, removed: [], touched: null });
  }

  /** @param about `cutAt`: position in the block log; `sizeBytes`: null where no disk was recorded */
  close(about: {
    loaded: LoadedScenario;
    storageIndex: number;
    round: number;
    workloads: string;
    machine: GuestMachine;
    workload: WorkloadEnd;
    sizeBytes: number | null;
    cutAt: number | null;
  }): void {
    this.abandon();
    const { loaded, storageIndex, round, workloads, machine, workload, sizeBytes, cutAt } = about;
    const container = containerOf(loaded.scenario) === null ? null : machine.container;
    writeManifest(this.folder, {
      ...manifestHead({ loaded, storageIndex, recording: round, workloads }),
      kernel: machine.facts.kernel,
      machine: machine.architecture,
      ...(container ? { container } : {}),
      size_bytes: sizeBytes,
      workload,
      cut_at: cutAt,
      checksums: checksumsOf(this.folder),
    });
  }

  /** Nothing more is written down. */
  abandon(): void {
    this.payload.close();
    this.#events.close();
  }

  #path(name: string): string {
    return join(this.folder, name);
  }
}
