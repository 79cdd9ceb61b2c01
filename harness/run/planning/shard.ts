/** Which runs of a command are a shard's: every so-many-th, or so that all shards take about the same time. */
import { basename } from 'node:path';
import { UsageError } from '../../verdict/errors.js';
import { openStoredResults } from '../../verdict/stored-results.js';

/** The `index`-th of `count`, counted from 1. */
export interface Shard {
  index: number;
  count: number;
  /** How long runs took before, in milliseconds by their folders' names. All shards must be given the same. */
  durations?: ReadonlyMap<string, number> | undefined;
}

/**
 * The runs of one shard, in their order. Shards with the same count and durations have each run once between them.
 *
 * The longest run goes first, to whom has least to do (Graham, "Bounds on Multiprocessing Timing Anomalies", 1969: at most
 * a third longer than the best that is possible). A run that is not known takes as long as the known ones do on average.
 */
export function runsOfShard<T extends { runFolder: string }>(
  all: readonly T[],
  { index, count, durations }: Shard,
): T[] {
  if (!durations) return all.filter((_, position) => position % count === index - 1);
  const known = [...durations.values()];
  const usual = known.reduce((sum, ms) => sum + ms, 0) / Math.max(1, known.length);
  const timed = all.map((run, position) => ({
    position,
    ms: durations.get(basename(run.runFolder)) ?? usual,
  }));
  const loads = Array.from({ length: count }, () => 0);
  const owners = new Map<number, number>();
  for (const { position, ms } of timed.sort((a, b) => b.ms - a.ms || a.position - b.position)) {
    const lightest = loads.indexOf(Math.min(...loads));
    loads[lightest]! += ms;
    owners.set(position, lightest);
  }
  return all.filter((_, position) => owners.get(position) === index - 1);
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
