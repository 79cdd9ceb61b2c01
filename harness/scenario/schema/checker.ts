import { z } from 'zod';
import { duration } from './values.js';

export const checker = z.strictObject({
  /** For /bin/sh: exit code 0 the promises hold, 1 they do not, anything else unknown. */
  run: z.string(),
  /** Started once; one JSON line a crash state each way. */
  persistent: z.boolean().default(false),
  /** Time limit of one check. */
  timeout: duration.prefault('30s'),
});
export type Checker = z.output<typeof checker>;
