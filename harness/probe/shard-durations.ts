/** How long workloads took in an earlier probe, by which a later one is shared out. */
import { join } from 'node:path';
import { UsageError } from '../verdict/errors.js';
import { answersFileName, knownAnswers } from './answers.js';
import type { ProbeDocument } from './probe-document.js';
import type { Durations } from './shard.js';

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
