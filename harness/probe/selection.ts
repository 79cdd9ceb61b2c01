import type { ProbeConfig } from './config.js';
import { ownerOf, type Shard } from './shard.js';
import type { Workload } from './workload/workload.js';
import { extentOf, workloadsIn } from './workload-range.js';

export interface NamedWorkload {
  name: string;
  workload: Workload;
  /** How much of all the work lies before it, from 0 to 1. */
  position: number;
}

/** The workloads that a configuration asks for, in order, and the place of each among them. */
export function* selectedWorkloads(config: ProbeConfig): Generator<NamedWorkload & { place: number }> {
  const to = extentOf(config);
  let place = 0;
  for (const { name, workload, at } of workloadsIn(config, { from: 0, to }))
    yield { name, workload, position: at / to, place: place++ };
}

/**
 * Those of a shard.
 * @param nth storage and kernel, in the order of answers
 */
export function* workloadsOfShard(
  config: ProbeConfig,
  shard: Shard | null,
  nth: number,
): Generator<NamedWorkload> {
  const ownerAt = shard ? ownerOf(shard, nth, config) : () => null;
  for (const { place, ...workload } of selectedWorkloads(config))
    if (ownerAt(place) === (shard?.index ?? null)) yield workload;
}

/** In words, for whoever reads what was tried. */
export function selectionText(config: ProbeConfig, shard: Shard | null = null): string {
  return `${shard ? `shard ${shard.index} of ${shard.count} of ` : ''}${wholeText(config)}`;
}

function wholeText({ workloads, seq, sample, seed }: ProbeConfig): string {
  if (workloads) return `${workloads.length} workload${workloads.length === 1 ? '' : 's'} of one's own`;
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
