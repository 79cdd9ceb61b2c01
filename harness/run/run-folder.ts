/**
 * The results of one command: a folder with one folder a run.
 *
 *     invocation.json    what was asked for, so that it can be resumed
 *     results.json       the document that --json prints
 *     NAME--STORAGE/     one run: trace/, explore.ndjson, result.json
 */

import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { UsageError } from '../verdict/errors.js';
import type { RunResult } from '../verdict/results.js';

/** A scenario as it was asked for; `input` before defaults, so that reading it again gives the same. */
export interface Invocation {
  scenarios: { file: string | null; folder?: string | null | undefined; input: unknown }[];
  lanes: number | null;
}

export function newResultsFolder(out: string): string {
  const stamp = new Date().toISOString().replaceAll(/[-:]/g, '').replace('T', '-').slice(0, 15);
  const folder = join(resolve(out), `${stamp}-${randomBytes(2).toString('hex')}`);
  mkdirSync(folder, { recursive: true });
  const latest = join(resolve(out), 'latest');
  rmSync(latest, { force: true });
  symlinkSync(basename(folder), latest);
  return folder;
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

export function readResult(runFolder: string): RunResult {
  return readJson(join(runFolder, 'result.json'), `${runFolder} holds no finished run`) as RunResult;
}

export function finishedResult(runFolder: string): RunResult | null {
  return existsSync(join(runFolder, 'result.json')) ? readResult(runFolder) : null;
}

function readJson(path: string, problem: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new UsageError(`${problem}: ${path}: ${(error as Error).message}`);
  }
}
