import type { z } from 'zod';
import { didYouMean, nearestWords } from './nearest-word.js';

/** No word that is known is as long. */
const longest = 64;

/** `: did you mean ext4?` where a key or a value is near to one that is known; empty where none is. */
export function guess(issue: z.core.$ZodIssue, found: unknown, schema: z.ZodType): string {
  if (typeof found !== 'string' || found.length > longest) return '';
  const known = issue.code === 'invalid_value' ? issue.values.map(String) : knownKeys(schema, issue.path);
  return known.includes(found) ? '' : didYouMean(nearestWords(found, known));
}

interface Definition {
  shape?: Record<string, z.ZodType>;
  innerType?: z.ZodType;
  in?: z.ZodType;
  element?: z.ZodType;
  options?: z.ZodType[];
}

/** The keys that a schema knows at a path; of alternatives those of all of them. */
export function knownKeys(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  const def = (schema as unknown as { def: Definition }).def;
  if (def.options) return def.options.flatMap((option) => knownKeys(option, path));
  const inner = def.innerType ?? def.in;
  if (inner) return knownKeys(inner, path);
  const [first, ...rest] = path;
  if (first === undefined) return Object.keys(def.shape ?? {});
  const next = typeof first === 'number' ? def.element : def.shape?.[String(first)];
  return next ? knownKeys(next, rest) : [];
}
