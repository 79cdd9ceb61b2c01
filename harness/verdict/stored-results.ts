/**
 * Reads results that a run left behind, of this version or an older one.
 *
 * Assumes nothing: every key is checked before anything is made of it. A newer version is refused with a sentence,
 * since what its keys mean is not known here; an older one is brought up to today's, with what it did not say said so.
 */
import { existsSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { UsageError } from './errors.js';
import type { Results, RunResult } from './results.js';
import { resultsSchema, resultsVersion } from './results.js';
import { resultsDocument, runDocument } from './results-document.js';
import { type Scene, sceneDocument } from './scene.js';
import { checked, type Json, readObject, versionOf } from './stored-json.js';

/** Results, and the folder they lie in: where what belongs to a finding is looked for. */
export interface StoredResults {
  results: Results;
  folder: string;
}

/**
 * @param path a results folder, the folder of one of its runs, or a file that `--json` was written to
 * @throws UsageError naming the file, the key, what was expected and what was found
 */
export function openStoredResults(path: string): StoredResults {
  const at = resolve(path);
  if (!existsSync(at))
    throw new UsageError(`${path}: expected a results folder or a file of results, found nothing`);
  if (!statSync(at).isDirectory()) return { results: readDocument(at), folder: dirname(at) };
  if (existsSync(join(at, 'results.json')))
    return { results: readDocument(join(at, 'results.json')), folder: at };
  if (existsSync(join(at, 'result.json'))) return { results: documentOfRun(at), folder: dirname(at) };
  throw new UsageError(
    `${path}: expected a results folder (results.json) or the folder of a run (result.json), found neither; what an interrupted run finished is in the folders of its runs`,
  );
}

/** The scene of a finding, wherever the results have been moved since; null where none was kept, or it cannot be read. */
export function sceneOf({ folder }: StoredResults, run: RunResult, id: string): Scene | null {
  const [, recording, own = id] = /^R(\d+)(F\d+)$/.exec(id) ?? [];
  const folders = [join(folder, basename(run.run)), run.run].map((home) =>
    recording === undefined ? home : join(home, `recording-${Number(recording) - 1}`),
  );
  for (const home of folders) {
    const path = join(home, 'scenes', `${own}.json`);
    if (!existsSync(path)) continue;
    // A newer scene, or a damaged one: a report does without it, and says so.
    const scene = sceneDocument.safeParse(readObject(path, `${path} holds no scene`));
    return scene.success ? scene.data : null;
  }
  return null;
}

/** `result.json` in the folder of a run. */
export function readStoredRun(runFolder: string): RunResult {
  const path = join(runFolder, 'result.json');
  const value = readObject(path, `${runFolder} holds no finished run`);
  const version = versionOfRun(path, value);
  const { schema: _, ...run } = checked(runDocument, upgradedRun(value, version), path);
  return run as unknown as RunResult;
}

function readDocument(path: string): Results {
  const value = readObject(path, `${path} holds no results`);
  const version = versionOf(path, value, 'plugpull.results/', resultsVersion);
  const runs = Array.isArray(value.runs) ? value.runs.map((run) => upgradedRun(run, version)) : value.runs;
  return checked(resultsDocument, { ...value, runs, schema: resultsSchema }, path) as unknown as Results;
}

/** A document about one run: with what its results folder says of the machine, where that is still there. */
function documentOfRun(runFolder: string): Results {
  const run = readStoredRun(runFolder);
  const whole = join(dirname(runFolder), 'results.json');
  const { tool, environment } = existsSync(whole)
    ? readDocument(whole)
    : { tool: { name: 'plugpull' as const, version: 'unknown' }, environment: {} };
  return { schema: resultsSchema, tool, environment, verdict: run.verdict, met: run.met, runs: [run] };
}

/** A run's own file bore no version before version 2. */
function versionOfRun(path: string, value: Json): number {
  return value.schema === undefined ? 1 : versionOf(path, value, 'plugpull.run/', resultsVersion);
}

/** Version 1 did not say what a search speaks of, nor what it left out. */
function upgradedRun(run: unknown, version: number): unknown {
  if (version >= 2 || typeof run !== 'object' || run === null) return run;
  const { coverage } = run as { coverage?: unknown };
  if (!Array.isArray(coverage)) return run;
  return { ...run, coverage: coverage.map(upgradedCoverage) };
}

function upgradedCoverage(coverage: Json | null): unknown {
  if (typeof coverage !== 'object' || coverage === null) return coverage;
  const exhaustive = coverage.exhaustive === true;
  return {
    scope: 'what this search speaks of was not written down by this older version',
    systematic: exhaustive,
    unseen: exhaustive ? [] : ['not every crash state; which is not written down by this older version'],
    ...coverage,
  };
}
