/**
 * Ranges of workloads: what a shard and a job of a queue are made of.
 *
 * Where all workloads of a length are asked for, they are ranges of their numbers, which not all have a workload; in a
 * sample and among one's own, of their places.
 */
import type { ProbeConfig } from './config.js';
import {
  type NumberedWorkload,
  numberedName,
  numbersOf,
  type SequenceLength,
  sampleWorkloads,
  workloadAt,
} from './generator/generator.js';
import { parseWorkload, type Workload } from './workload/workload.js';

/** From `from` on, and none from `to` on. */
export interface WorkloadRange {
  from: number;
  to: number;
}

/** What decides which workloads there are. */
export type Asked = Pick<ProbeConfig, 'seq' | 'sample' | 'seed' | 'workloads'>;

/** A job of so many costs its way to a worker nothing that counts, and is lost without pity. */
const numbersInOne: Record<SequenceLength, number> = { 1: 60, 2: 200, 3: 2000 };
const placesInOne = 30;

/** All of it, in ranges that do not depend on who takes them. */
export function rangesOf(asked: Asked): WorkloadRange[] {
  const end = extentOf(asked);
  const size = asked.workloads || asked.sample !== undefined ? placesInOne : numbersInOne[asked.seq];
  return Array.from({ length: Math.ceil(end / size) }, (_, i) => ({
    from: i * size,
    to: Math.min(end, (i + 1) * size),
  }));
}

/** Every number or place is below this. */
export function extentOf({ workloads, sample, seq, seed }: Asked): number {
  if (workloads) return workloads.length;
  return sample === undefined ? numbersOf(seq) : sampled(seq, sample, seed).length;
}

/** The workloads of a range, each with its name and its number or place. */
export function* workloadsIn(
  asked: Asked,
  { from, to }: WorkloadRange,
): Generator<{ name: string; workload: Workload; at: number }> {
  const { workloads, sample, seq, seed } = asked;
  const chosen = !workloads && sample !== undefined ? sampled(seq, sample, seed) : null;
  for (let at = from; at < to; at++) {
    if (workloads) {
      yield { name: `own.${at + 1}`, workload: parseWorkload(workloads[at]!, `workload ${at + 1}`), at };
      continue;
    }
    const numbered = chosen ? chosen[at] : workloadAt(seq, at);
    if (!numbered) continue;
    const { number, setup, body } = numbered;
    yield { name: numberedName({ length: seq, number }), workload: { setup, body }, at };
  }
}

let lastSample: { key: string; workloads: NumberedWorkload[] } | null = null;

/** A sample is drawn by a walk over all numbers, so the last one is kept. */
function sampled(seq: SequenceLength, sample: number, seed: number): NumberedWorkload[] {
  const key = `${seq} ${sample} ${seed}`;
  if (lastSample?.key !== key) lastSample = { key, workloads: sampleWorkloads(seq, sample, seed) };
  return lastSample.workloads;
}
