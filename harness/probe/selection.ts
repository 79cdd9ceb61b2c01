import type { ProbeConfig } from './config.js';
import type { Shard } from './invocation.js';
import type { Workload } from './workload/workload.js';
import { extentOf, workloadsIn } from './workload-range.js';

export interface NamedWorkload {
  name: string;
  workload: Workload;
  /** How much of all the work lies before it, from 0 to 1. */
  position: number;
}

/** The workloads that a configuration asks for, in order; a shard's are every so-many-th of them. */
export function* selectedWorkloads(
  config: ProbeConfig,
  shard: Shard | null = null,
): Generator<NamedWorkload> {
  const { index, count } = shard ?? { index: 1, count: 1 };
  const to = extentOf(config);
  let nth = 0;
  for (const { name, workload, at } of workloadsIn(config, { from: 0, to }))
    if (nth++ % count === index - 1) yield { name, workload, position: at / to };
}

/** In words, for whoever reads what was tried. */
export function selectionText(config: ProbeConfig, shard: Shard | null = null): string {
  return `${shard ? `shard ${shard.index} of ${shard.count} of ` : ''}${wholeText(config)}`;
}

function wholeText({ workloads, seq, sample, seed }: ProbeConfig): string {
  if (workloads) return `${workloads.length} workloads of one's own`;
  const all = `workloads of ${seq} core operation${seq === 1 ? '' : 's'}`;
  return sample === undefined ? `all ${all}` : `${sample} ${all}, chosen by seed ${seed}`;
}

/** Which crash states of them. */
export function scopeText({ granularity }: ProbeConfig): string {
  const states = {
    write: 'every subset of the whole writes pending',
    torn: 'every subset of the whole writes pending, and each larger than an atomic unit torn, one at a time,',
    block: 'every subset of the blocks of the writes pending',
    sector: 'every subset of the atomic units of the writes pending',
  }[granularity];
  return `${states} at each flush, after each call that makes something durable, and at the end`;
}
