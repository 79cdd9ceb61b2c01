import { z } from 'zod';
import { duration, pattern } from './values.js';

/** When the simulated power is cut while the workload is still running. */
export const cut = z.strictObject({
  /** Cut just before the n-th operation of this kind (counted from the start of the recording, from 1). */
  operation: z.enum(['read', 'write', 'flush', 'discard', 'any']).optional(),
  /** The n of that. */
  n: z.number().int().positive().optional(),
  /** Cut right after the k-th ack. */
  ack: z.number().int().positive().optional(),
  /** Of the acks that match this regular expression; without `ack` the first of them. */
  matching: pattern.optional(),
  /** Cut this long after the recording started. */
  after: duration.optional(),
  /** Cut when the server has printed a line that matches this regular expression. */
  log: pattern.optional(),
  /** What later writes meet: an I/O error, or silence. */
  later_writes: z.enum(['fail', 'vanish']).default('fail'),
});
