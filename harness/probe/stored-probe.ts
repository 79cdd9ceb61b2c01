/**
 * Reads the document that a probe left behind. Every key that reports make something of is checked; keys that are not
 * known are kept, and a newer version is refused with a sentence.
 */
import { z } from 'zod';
import { openStored } from '../verdict/stored-json.js';
import type { ProbeDocument } from './probe-document.js';

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
  const stored = openStored(path, {
    fileName: 'probe.json',
    prefix: 'plugpull.probe/',
    newest: 1,
    document,
  });
  return stored && { ...stored, document: stored.document as unknown as ProbeDocument };
}
