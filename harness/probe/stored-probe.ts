/**
 * Reads the document that a probe left behind. Every key that reports make something of is checked; keys that are not
 * known are kept, and a newer version is refused with a sentence.
 */
import { existsSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { checked, readObject, versionOf } from '../verdict/stored-json.js';
import type { ProbeDocument } from './probe-document.js';

const prefix = 'plugpull.probe/';
const newest = 1;

const natural = z.number().int().nonnegative();
const outcome = z.enum(['pass', 'violation', 'unknown']);

const finding = z.looseObject({
  rules: z.string(),
  kind: z.string(),
  text: z.string(),
  operation: natural.nullable(),
  after: natural,
  pending: natural,
  lost: natural,
  torn: z.boolean(),
});

const group = z.looseObject({
  rules: z.string(),
  kind: z.string(),
  workloads: natural,
  names: z.array(z.string()),
  shortest: z.looseObject({ name: z.string(), lines: z.array(z.string()), finding }),
});

const probe = z.looseObject({
  name: z.string(),
  storage: z.looseObject({
    fs: z.string(),
    mkfs: z.array(z.string()),
    mount: z.array(z.string()),
    layers: z.array(z.looseObject({ kind: z.string() })).default([]),
    disk: z.looseObject({ cache: z.string(), atomic_unit: natural }),
  }),
  verdict: outcome,
  met: z.boolean().nullable(),
  complete: z.boolean(),
  workloads: z.looseObject({ kept: natural, broken: natural, unknown: natural, unsupported: natural }),
  crash_points: natural,
  states: z.string().regex(/^\d+$/),
  recoveries: natural,
  findings: z.array(group),
  reasons: z.array(z.looseObject({ outcome: z.string(), reason: z.string(), workloads: natural })),
  duration_ms: natural,
});

const document = z.looseObject({
  tool: z.looseObject({ name: z.literal('plugpull'), version: z.string() }),
  kernel: z.string(),
  place: z.string(),
  selection: z.string(),
  scope: z.string(),
  verdict: outcome,
  probes: z.array(probe),
});

/**
 * @param path the results folder of a probe, or a file that `--json` was written to
 * @returns null where something else, or nothing, lies there
 * @throws UsageError naming the file, the key, what was expected and what was found
 */
export function openStoredProbe(path: string): { document: ProbeDocument; folder: string } | null {
  const at = resolve(path);
  if (!existsSync(at)) return null;
  const isFolder = statSync(at).isDirectory();
  const file = isFolder ? join(at, 'probe.json') : at;
  if (!existsSync(file)) return null;
  const value = readObject(file, `${file} holds no results`);
  if (!isFolder && !String(value.schema).startsWith(prefix)) return null;
  versionOf(file, value, prefix, newest);
  return { document: checked(document, value, file) as unknown as ProbeDocument, folder: dirname(file) };
}
