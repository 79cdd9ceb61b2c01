/** Kinds of values that keys of a scenario take, as YAML has them: sizes in bytes, durations in milliseconds. */
import { z } from 'zod';

export const bytes = z.union([z.number().int().positive(), z.string()]).transform((value, context) => {
  if (typeof value === 'number') return value;
  const match = /^(\d+(?:\.\d+)?)\s*(B|KiB|MiB|GiB|K|M|G)?$/.exec(value.trim());
  if (!match || Number(match[1]) === 0) {
    context.addIssue({ code: 'custom', message: 'expected a size such as 64MiB' });
    return z.NEVER;
  }
  const unit = { B: 1, K: 1024, KiB: 1024, M: 1024 ** 2, MiB: 1024 ** 2, G: 1024 ** 3, GiB: 1024 ** 3 };
  return Math.round(Number(match[1]) * unit[(match[2] ?? 'B') as keyof typeof unit]);
});

export const duration = z.union([z.number().nonnegative(), z.string()]).transform((value, context) => {
  if (typeof value === 'number') return value * 1000;
  const match = /^(\d+(?:\.\d+)?)\s*(ms|s|m|min|h)?$/.exec(value.trim());
  if (!match) {
    context.addIssue({ code: 'custom', message: 'expected a duration such as 30s' });
    return z.NEVER;
  }
  const unit = { ms: 1, s: 1000, m: 60_000, min: 60_000, h: 3_600_000 };
  return Number(match[1]) * unit[(match[2] ?? 's') as keyof typeof unit];
});

export const outcome = z.enum(['pass', 'violation', 'unknown']);

export const pattern = z.string().refine((text) => {
  try {
    new RegExp(text);
    return true;
  } catch {
    return false;
  }
}, 'expected a regular expression');

export const words = z.union([
  z.array(z.string()),
  z.string().transform((text) => text.split(/\s+/).filter(Boolean)),
]);

/** A name in /etc/passwd. */
export const user = z.string().regex(/^[A-Za-z_][A-Za-z0-9_-]*$/, 'expected the name of a user');
