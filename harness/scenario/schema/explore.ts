import { z } from 'zod';
import { duration } from './values.js';

export const explore = z.strictObject({
  /** What is lost as one. torn: whole writes, and then each larger than the atomic unit torn by itself; block and sector: every piece decided alone. */
  granularity: z.enum(['torn', 'write', 'block', 'sector']).default('torn'),
  /** Limits of the search. */
  budget: z
    .strictObject({
      /** Recoveries in all; without it 20,000, or more where every crash point's least needs more. */
      recoveries: z.number().int().positive().optional(),
      /** Recoveries at one crash point. */
      recoveries_per_crash_point: z.number().int().positive().optional(),
      /**
       * Crash directories that the contract engine shows a checker. Without it, at each crash point the least that a
       * pass needs, and up to 300 in all.
       */
      directories: z.number().int().positive().optional(),
      /** Time for all of it once the workload was recorded, explaining and repairs too; what was not looked at then makes the run unknown. */
      time: duration.optional(),
    })
    .prefault({}),
  /** What a pass must rest on: each prefix and each single omission at every crash point, or every crash state. */
  require: z.enum(['systematic', 'exhaustive']).default('systematic'),
  /** Seed of everything random. */
  seed: z.number().int().default(1),
  /** Check the recovered file system with the file system's own fsck: never, or after every recovery. */
  fsck: z.enum(['never', 'after']).default('never'),
  /** Crash recovery's own writes again, one level. */
  nested: z.boolean().default(false),
  /** Random full subsets recovered eagerly to check the lazy verdicts. */
  audit: z.number().int().nonnegative().default(8),
  /** Distinct findings after which exploration of this run may stop refining; the verdict is unaffected. */
  max_findings: z.number().int().positive().default(10),
});
export type Explore = z.output<typeof explore>;
