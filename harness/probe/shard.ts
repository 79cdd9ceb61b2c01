/** A shard of a probe: which workloads are its own, on each storage and kernel. */
import { join } from 'node:path';
import { balancedShares } from '../queue/balanced-shares.js';
import { UsageError } from '../verdict/errors.js';
import { answersFileName, knownAnswers } from './answers.js';
import type { ProbeConfig } from './config.js';
import type { ProbeDocument } from './probe-document.js';
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

/** Storages and kernels, by the names that results have for them. */
export type TargetName = Pick<ProbeDocument['probes'][number], 'name' | 'kernel_name'>;

/**
 * What an earlier probe tells of how long workloads take on each of these; of one that it did not ask, nothing.
 *
 * @throws UsageError where it tells nothing of any
 */
export function durationsOf(
  { document, folder }: { document: ProbeDocument; folder: string },
  targets: readonly TargetName[],
): Durations[] {
  const all = targets.map(({ name, kernel_name }): Durations => {
    const nth = document.probes.findIndex((one) => one.name === name && one.kernel_name === kernel_name);
    if (nth < 0) return {};
    const answers = [...knownAnswers(join(folder, answersFileName(nth))).values()];
    return Object.fromEntries(
      answers.flatMap(({ name, duration_ms }) => (duration_ms === undefined ? [] : [[name, duration_ms]])),
    );
  });
  if (all.every((durations) => Object.keys(durations).length === 0))
    throw new UsageError(
      `--durations: expected a probe of one of these storages and kernels (${targets.map(({ name, kernel_name }) => `${name} on ${kernel_name}`).join(', ')}), and ${folder} says of none how long its workloads took`,
    );
  return all;
}
