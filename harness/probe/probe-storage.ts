/** Probes one storage: lanes take one workload after the other; each answer is kept as soon as it is there. */
import { appendFileSync } from 'node:fs';
import type { RunSpace } from '../state/run-space.js';
import { knownAnswers } from './answers.js';
import type { ProbeConfig, ProbedStorage } from './config.js';
import type { ProbePlace } from './place.js';
import { ProbeTally } from './probe-document.js';
import { ProbeLanes } from './probe-lanes.js';
import { type NamedWorkload, workloadsOfShard } from './selection.js';
import type { Shard } from './shard.js';
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
  /** Which storage and kernel it is, in the order of answers. */
  nth?: number;
  space: RunSpace;
  /** One answer a line; those that are in it already are not tried again. */
  answersFile: string;
  lanes?: number | undefined;
  signal: AbortSignal;
  /** @param position how much of all the work is done, from 0 to 1 */
  onAnswer?: (tally: ProbeTally, position: number) => void;
}

export async function probeStorage(options: StorageProbeOptions): Promise<StorageProbe> {
  const { storage, config, shard = null, nth = 0, answersFile, signal, onAnswer } = options;
  const tally = new ProbeTally();
  const known = knownAnswers(answersFile);
  const question = { ...config, storage, granularity: storage.granularity ?? config.granularity };
  let lanes: ProbeLanes | undefined;
  let started = performance.now();
  let complete = true;
  try {
    lanes = await ProbeLanes.start(question, options);
    // mkfs and the lanes' start are the same for one workload and for a hundred thousand.
    started = performance.now();
    const workloads = workloadsOfShard(config, shard, nth);
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
    await lanes.probe(next, (answer, { workload, position }) => {
      appendFileSync(answersFile, `${JSON.stringify(answer)}\n`);
      tally.add(answer, () => printWorkload(workload));
      onAnswer?.(tally, position);
    });
  } catch (error) {
    // A lane that was ended has no answer.
    if (!signal.aborted) throw error;
    complete = false;
  } finally {
    await lanes?.close();
  }
  return { tally, complete, durationMs: performance.now() - started };
}
