/** Which runs of a command are a shard's: every so-many-th, or so that all shards take about the same time. */
import { basename } from 'node:path';
import { balancedShares } from '../../queue/balanced-shares.js';
import { UsageError } from '../../verdict/errors.js';
import { openStoredResults } from '../../verdict/stored-results.js';

/** The `index`-th of `count`, counted from 1. */
export interface Shard {
  index: number;
  count: number;
  /** How long runs took before, in milliseconds by their folders' names. All shards must be given the same. */
  durations?: ReadonlyMap<string, number> | undefined;
}

/** The runs of one shard, in their order. Shards with the same count and durations have each run once between them. */
export function runsOfShard<T extends { runFolder: string }>(
  all: readonly T[],
  { index, count, durations }: Shard,
): T[] {
  if (!durations) return all.filter((_, position) => position % count === index - 1);
  const owners = balancedShares(
    all.map(({ runFolder }) => durations.get(basename(runFolder)) ?? null),
    count,
  );
  return all.filter((_, position) => owners[position] === index - 1);
}

/**
 * @param path results of an earlier run, of all shards or of some
 * @throws UsageError where it holds no run
 */
export function durationsIn(path: string): Map<string, number> {
  const { runs } = openStoredResults(path).results;
  if (runs.length === 0) throw new UsageError(`--durations: expected results with runs, got none in ${path}`);
  return new Map(
    runs.map(({ run, timing_ms }) => [
      basename(run),
      Object.values(timing_ms).reduce((sum, ms) => sum + ms, 0),
    ]),
  );
}
