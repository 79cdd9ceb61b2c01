/**
 * Joins the results of several commands into one document: those of shards, or of several machines.
 *
 * Traces and scenes stay where they are; each run goes on naming its folder, as it lies now. What a run was made on is
 * said once where it is the same for all, else by each of its values.
 */
import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { UsageError } from '../../verdict/errors.js';
import { type Results, type RunResult, resultsSchema } from '../../verdict/results.js';
import { openStoredResults, type StoredResults } from '../../verdict/stored-results.js';
import { newResultsFolder, writeJson } from './run-folder.js';
import { summarise } from './summarise.js';

/** @throws UsageError where there is nothing to join, or one run comes twice */
export function mergeResults(parts: readonly StoredResults[]): Results {
  const [first] = parts;
  if (!first) throw new UsageError('merge: expected results to join, got none');
  const runs = parts.flatMap(({ results, folder }) => results.runs.map((run) => foundAgain(run, folder)));
  const unfinished = parts.flatMap(({ results }) => results.unfinished ?? []);
  const folders = new Set<string>();
  for (const { run } of runs) {
    if (folders.has(run)) throw new UsageError(`merge: expected each run once, got ${run} twice`);
    folders.add(run);
  }
  const merged: Results = {
    schema: resultsSchema,
    tool: { name: 'plugpull', version: joined(parts.map(({ results }) => results.tool.version)) },
    environment: joinedEnvironments(parts.map(({ results }) => results.environment)),
    verdict: 'pass',
    met: null,
    runs,
    ...(unfinished.length > 0 ? { unfinished } : {}),
  };
  summarise(merged);
  return merged;
}

/** With its folder where it lies now: shards' results are moved to where they are joined. */
function foundAgain(run: RunResult, folder: string): RunResult {
  const moved = join(resolve(folder), basename(run.run));
  return existsSync(moved) ? { ...run, run: moved } : run;
}

function joinedEnvironments(all: readonly Record<string, string>[]): Record<string, string> {
  const keys = new Set(all.flatMap((one) => Object.keys(one)));
  return Object.fromEntries(
    [...keys].map((key) => [key, joined(all.flatMap((one) => (key in one ? [one[key]!] : [])))]),
  );
}

function joined(values: readonly string[]): string {
  return [...new Set(values)].join(', ');
}

/** Joins stored results, and leaves them in a new results folder below `out`. */
export function writeMerged(
  paths: readonly string[],
  out: string,
): { results: Results; resultsFolder: string } {
  const results = mergeResults(paths.map(openStoredResults));
  const resultsFolder = newResultsFolder(out);
  writeJson(join(resultsFolder, 'results.json'), results);
  return { results, resultsFolder };
}
