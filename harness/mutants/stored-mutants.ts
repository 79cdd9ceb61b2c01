/** Reads the document that testing a test left behind: `mutants.json`. */
import { z } from 'zod';
import { openStored } from '../verdict/stored-json.js';
import { type MutantsResult, mutantsSchema } from './mutants-result.js';

const natural = z.number().int().nonnegative();
const texts = z.array(z.string());
const result = z.enum(['killed', 'survived', 'unknown']);

const mutant = z.looseObject({
  id: z.string().regex(/^M\d+$/),
  kind: z.enum([
    'sync_removed',
    'sync_after_ack',
    'sync_after_rename',
    'file_for_directory',
    'directory_for_file',
  ]),
  call: z.string(),
  at: z.string().nullable(),
  times: natural,
  change: z.string(),
  result,
  why: z.enum(['superfluous', 'too_weak']).nullable(),
  reason: z.string(),
  replay: z.looseObject({ result, reason: z.string(), run: z.string().nullable() }).nullable(),
});

/** As it is written; keys that are not known are kept. Its JSON schema lies in the package. */
export const mutantsDocument = z.looseObject({
  schema: z.literal(mutantsSchema),
  tool: z.looseObject({ name: z.literal('plugpull'), version: z.string() }),
  scenario: z.string(),
  models: texts,
  run: z.string(),
  baseline: z.looseObject({
    outcome: z.enum(['pass', 'violation', 'unknown']),
    notes: texts,
    findings: texts,
  }),
  mutants: z.array(mutant),
  score: z.looseObject({
    ...{ killed: natural, too_weak: natural, superfluous: natural, unknown: natural },
    percent: natural.nullable(),
  }),
  notes: texts,
});

/**
 * @param path the results folder of `plugpull mutants`, or a file that `--json` was written to
 * @returns null where something else, or nothing, lies there
 * @throws UsageError naming the file, the key, what was expected and what was found
 */
export function openStoredMutants(path: string): { document: MutantsResult; folder: string } | null {
  return openStored(path, {
    fileName: 'mutants.json',
    prefix: 'plugpull.mutants/',
    newest: 1,
    document: mutantsDocument,
  });
}
