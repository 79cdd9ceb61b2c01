/** What every reader of a stored document does first: is it JSON, of which version, and has it the keys it should have. */
import { existsSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { z } from 'zod';
import { UsageError } from './errors.js';
import { problemsText } from './problems.js';
import { readBounded } from './read-bounded.js';

export type Json = Record<string, unknown>;

/** A string cannot be longer (V8: 512 MiB less 24 bytes). */
const mostBytes = 500 * 1024 * 1024;

/** @param problem what it means for the user that the file cannot be read @throws UsageError */
export function readObject(path: string, problem: string): Json {
  let value: unknown;
  try {
    value = JSON.parse(readBounded(path, mostBytes).toString('utf8'));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new UsageError(`${problem}: ${path}: ${code === 'ENOENT' ? 'no such file' : message}`);
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Json;
  throw new UsageError(`${path}: expected results of plugpull, found ${JSON.stringify(value).slice(0, 60)}`);
}

/**
 * The version that a document says it is of: 2 for `plugpull.results/2`.
 * @param prefix such as `plugpull.results/`
 * @param newest the newest version that is known here
 * @throws UsageError for one that bears none, or a newer one
 */
export function versionOf(path: string, { schema }: Json, prefix: string, newest: number): number {
  const text = typeof schema === 'string' && schema.startsWith(prefix) ? schema.slice(prefix.length) : '';
  if (!/^[1-9]\d*$/.test(text)) {
    throw new UsageError(
      `${path}: key schema: expected ${prefix}N with N up to ${newest}, found ${JSON.stringify(schema) ?? 'no such key'}`,
    );
  }
  if (Number(text) > newest) {
    throw new UsageError(
      `${path}: key schema: ${prefix}${text} was written by a newer plugpull; this one reads up to ${prefix}${newest}: update plugpull`,
    );
  }
  return Number(text);
}

/** @throws UsageError naming the key, what was expected and what was found */
export function checked<Output>(schema: z.ZodType<Output>, value: unknown, path: string): Output {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new UsageError(`${path}: ${problemsText(result.error, value, schema)}`);
}

/** A kind of document that commands leave behind. */
export interface StoredKind<Output> {
  /** Its name in a results folder: `probe.json`. */
  fileName: string;
  /** What its key schema begins with: `plugpull.probe/`. */
  prefix: string;
  /** The newest version that is known here. */
  newest: number;
  document: z.ZodType<Output>;
}

/**
 * @param path a results folder with a document of this kind, or the file of one
 * @returns null where something else, or nothing, lies there
 * @throws UsageError naming the file, the key, what was expected and what was found
 */
export function openStored<Output>(
  path: string,
  { fileName, prefix, newest, document }: StoredKind<Output>,
): { document: Output; folder: string } | null {
  const at = resolve(path);
  if (!existsSync(at)) return null;
  const isFolder = statSync(at).isDirectory();
  const file = isFolder ? join(at, fileName) : at;
  if (!existsSync(file)) return null;
  const value = readObject(file, `${file} holds no results`);
  if (!isFolder && !String(value.schema).startsWith(prefix)) return null;
  versionOf(file, value, prefix, newest);
  return { document: checked(document, value, file), folder: dirname(file) };
}
