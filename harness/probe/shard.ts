/** A shard of a probe: which workloads are its own, on each storage and kernel. */
import { balancedShares } from '../queue/balanced-shares.js';
import type { ProbeConfig } from './config.js';
import { extentOf, workloadsIn } from './workload-range.js';

/** Milliseconds that workloads took before, by their names. */
export type Durations = Record<string, number>;

/**
 * The `index`-th of `count`, counted from 1: every `count`-th workload from that one on, or, by durations, so that all take
 * about the same time.
 */
export interface Shard {
  index: number;
  count: number;
  /** Of each storage on each kernel, in the order of answers; the same for all shards. */
  durations?: Durations[] | undefined;
}

/**
 * Whose workload is whose.
 *
 * @param nth storage and kernel, in the order of answers
 * @returns by the workload's place among all that are asked for, the index of its shard, from 1
 */
export function ownerOf(
  { count, durations }: Shard,
  nth: number,
  config: ProbeConfig,
): (place: number) => number {
  if (!durations) return (place) => (place % count) + 1;
  const known = durations[nth]!;
  const took = [...workloadsIn(config, { from: 0, to: extentOf(config) })].map(
    ({ name }) => known[name] ?? null,
  );
  const owners = balancedShares(took, count);
  return (place) => owners[place]! + 1;
}
