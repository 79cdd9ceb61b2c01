/**
 * The results of one command: a folder with one folder a run.
 *
 *     invocation.json    what was asked for, so that it can be resumed
 *     results.json       the document that --json prints
 *     NAME--STORAGE/     one run: trace/, explore.ndjson, result.json, scenes/ of its findings
 */

import { randomBytes } from 'node:crypto';
import {
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { UsageError } from '../../verdict/errors.js';
import { makeNamedFolder } from '../../verdict/make-folder.js';
import { type RunResult, runSchema } from '../../verdict/results.js';
import { readStoredRun } from '../../verdict/stored-results.js';

/** A scenario as it was asked for; `input` before defaults, so that reading it again gives the same. */
export interface Invocation {
  scenarios: { file: string | null; folder?: string | null | undefined; input: unknown }[];
  lanes: number | null;
}

/** Named for when it was made, so that names sort by age. */
const folderName = /^\d{8}-\d{6}-[0-9a-f]{4}$/;

export function newResultsFolder(out: string): string {
  const stamp = new Date().toISOString().replaceAll(/[-:]/g, '').replace('T', '-').slice(0, 15);
  const folder = join(resolve(out), `${stamp}-${randomBytes(2).toString('hex')}`);
  makeNamedFolder('--out', folder);
  pointLatestAt(folder);
  return folder;
}

/** Takes a new results folder back, and `latest` with it, if what was asked for was refused before it recorded anything. */
export function dropIfUnused(folder: string): void {
  // Somebody was faster.
  if (!existsSync(folder)) return;
  const runs = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  if (runs.some(({ name }) => readdirSync(join(folder, name)).length > 0)) return;
  rmSync(folder, { recursive: true });
  const out = dirname(folder);
  const before = readdirSync(out)
    .filter((name) => folderName.test(name))
    .sort()
    .at(-1);
  if (before === undefined) rmSync(join(out, 'latest'), { force: true });
  else pointLatestAt(join(out, before));
}

function pointLatestAt(folder: string): void {
  const latest = join(dirname(folder), 'latest');
  rmSync(latest, { force: true });
  symlinkSync(basename(folder), latest);
}

/** Whole or not at all, also when the power really fails: a result is what a user relies on. */
export function writeJson(path: string, value: unknown): void {
  const temporary = `${path}.tmp`;
  writeFileSync(temporary, `${JSON.stringify(value, null, 2)}\n`, { flush: true });
  renameSync(temporary, path);
}

export function readInvocation(folder: string): Invocation {
  return readJson(
    join(folder, 'invocation.json'),
    `${folder} is not a results folder of plugpull run`,
  ) as Invocation;
}

export function writeResult(runFolder: string, result: RunResult): void {
  writeJson(join(runFolder, 'result.json'), { schema: runSchema, ...result });
}

/** What an interrupted session finished of a run; null when that has to be run again. */
export function finishedResult(runFolder: string): RunResult | null {
  return existsSync(join(runFolder, 'result.json')) ? readStoredRun(runFolder) : null;
}

function readJson(path: string, problem: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new UsageError(`${problem}: ${path}: ${(error as Error).message}`);
  }
}
