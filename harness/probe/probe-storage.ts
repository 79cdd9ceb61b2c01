/** Probes one storage: lanes take one workload after the other; each answer is kept as soon as it is there. */
import { appendFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { diskSizeBytes } from '../attach/file-system.js';
import type { RunSpace } from '../state/run-space.js';
import { knownAnswers } from './answers.js';
import type { ProbeConfig, ProbedStorage } from './config.js';
import type { Shard } from './invocation.js';
import { ProbeLaneClient } from './lane-client.js';
import type { ProbePlace } from './place.js';
import { ProbeTally } from './probe-document.js';
import { type NamedWorkload, selectedWorkloads } from './selection.js';
import { printWorkload } from './workload/workload.js';

export interface StorageProbe {
  tally: ProbeTally;
  /** All that was asked for was tried. */
  complete: boolean;
  durationMs: number;
}

export interface StorageProbeOptions {
  storage: ProbedStorage;
  config: ProbeConfig;
  place: ProbePlace;
  /** null: all workloads. */
  shard?: Shard | null;
  space: RunSpace;
  /** One answer a line; those that are in it already are not tried again. */
  answersFile: string;
  lanes?: number | undefined;
  signal: AbortSignal;
  /** @param position how much of all the work is done, from 0 to 1 */
  onAnswer?: (tally: ProbeTally, position: number) => void;
}

export async function probeStorage(options: StorageProbeOptions): Promise<StorageProbe> {
  const { storage, config, place, shard = null, space, answersFile, signal, onAnswer } = options;
  const tally = new ProbeTally();
  const known = knownAnswers(answersFile);
  const lanes = startLanes(options);
  let started = performance.now();
  let complete = true;
  try {
    const setup = {
      spaceFolder: space.folder,
      storage,
      sizeBytes: diskSizeBytes(storage),
      granularity: storage.granularity ?? config.granularity,
      fsck: config.fsck === 'after',
      limit: config.limit,
    };
    await Promise.all(
      lanes.map((lane, nth) => lane.begin({ ...setup, name: lane.name, guest: place.guest(nth) })),
    );
    // mkfs and the lanes' start are the same for one workload and for a hundred thousand.
    started = performance.now();
    const workloads = selectedWorkloads(config, shard);
    const next = (): NamedWorkload | null => {
      for (;;) {
        if (signal.aborted) {
          complete = false;
          return null;
        }
        const { value, done } = workloads.next();
        if (done) return null;
        const answer = known.get(value.name);
        if (!answer) return value;
        tally.add(answer, () => printWorkload(value.workload));
      }
    };
    await Promise.all(
      lanes.map(async (lane) => {
        for (let task = next(); task; task = next()) {
          const { name, workload, position } = task;
          const answer = await lane.probe({ name, workload });
          appendFileSync(answersFile, `${JSON.stringify(answer)}\n`);
          tally.add(answer, () => printWorkload(workload));
          onAnswer?.(tally, position);
        }
      }),
    );
  } finally {
    await Promise.all(lanes.map((lane) => lane.close()));
  }
  return { tally, complete, durationMs: performance.now() - started };
}

function startLanes({
  space,
  storage,
  place,
  lanes = availableParallelism(),
}: StorageProbeOptions): ProbeLaneClient[] {
  return Array.from(
    { length: Math.min(lanes, place.mostLanes(storage.fs)) },
    () => new ProbeLaneClient(`lane-${space.nextNumber()}`, space, place.command),
  );
}
