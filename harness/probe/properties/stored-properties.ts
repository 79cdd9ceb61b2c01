/** Reads the document that measuring properties left behind: `properties.json`. */
import { z } from 'zod';
import { openStored } from '../../verdict/stored-json.js';
import { scheduleNames } from '../schedule.js';
import { type PropertiesDocument, propertiesSchema } from './properties-document.js';

const natural = z.number().int().nonnegative();
const texts = z.array(z.string());
const schedule = z.enum(scheduleNames);

const counterexample = z.looseObject({
  lines: texts,
  schedule,
  text: z.string(),
  ...{ after: natural, pending: natural, lost: natural },
  torn: z.boolean(),
});

const property = z.looseObject({
  name: z.string(),
  says: z.string(),
  outcome: z.enum(['holds', 'broken', 'unknown', 'unsupported']),
  workloads: natural,
  recordings: natural,
  states: z.string().regex(/^\d+$/),
  recoveries: natural,
  counterexample: counterexample.nullable(),
  reasons: texts,
});

const storage = z.looseObject({
  name: z.string(),
  kernel: z.string(),
  storage: z.looseObject({ fs: z.string() }),
  complete: z.boolean(),
  properties: z.array(property),
  models: z.looseObject({
    allowed: natural.nullable(),
    refuted: z.array(z.looseObject({ ...counterexample.shape, model: z.string(), property: z.string() })),
  }),
  duration_ms: natural,
});

/** As it is written; keys that are not known are kept. Its JSON schema lies in the package. */
export const propertiesDocumentSchema = z.looseObject({
  schema: z.literal(propertiesSchema),
  tool: z.looseObject({ name: z.literal('plugpull'), version: z.string() }),
  schedules: z.record(schedule, z.string()),
  // The same properties in the same order: they are the rows of one table.
  storages: z
    .array(storage)
    .min(1)
    .refine((storages) => new Set(storages.map(rowNames)).size <= 1, 'expected the same properties in each'),
  verdict: z.enum(['pass', 'unknown']),
});

function rowNames({ properties }: z.output<typeof storage>): string {
  return properties.map(({ name }) => name).join('\n');
}

/**
 * @param path the results folder of `plugpull properties`, or a file that `--json` was written to
 * @returns null where something else, or nothing, lies there
 * @throws UsageError naming the file, the key, what was expected and what was found
 */
export function openStoredProperties(path: string): { document: PropertiesDocument; folder: string } | null {
  const stored = openStored(path, {
    fileName: 'properties.json',
    prefix: 'plugpull.properties/',
    newest: 1,
    document: propertiesDocumentSchema,
  });
  return stored && { ...stored, document: stored.document as unknown as PropertiesDocument };
}
