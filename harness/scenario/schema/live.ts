import { z } from 'zod';
import { cut } from './cut.js';
import { duration } from './values.js';

/**
 * What dm-flakey can be told to do; the later two since Linux 6.5
 * (Documentation/admin-guide/device-mapper/dm-flakey.rst).
 */
export const flakeyFeatures = ['drop_writes', 'error_writes', 'error_reads', 'random_write_corrupt'] as const;
export type FlakeyFeature = (typeof flakeyFeatures)[number];

/** When a round loses its power, as for `storage.disk.cut`. */
const liveCut = cut
  .omit({ later_writes: true })
  .refine(
    ({ operation, ack, matching, after, log }) =>
      [operation, ack ?? matching, after, log].filter((way) => way !== undefined).length === 1,
    'expected one of operation, ack (or matching), after, log',
  );
export type LiveCut = z.output<typeof liveCut>;

/** What becomes of the writes in the disk's cache when power is lost. */
export const losses = ['all', 'none', 'some', 'torn'] as const;
export type Loss = (typeof losses)[number];

/** Rounds in which power is really lost. */
export const live = z.strictObject({
  /** How often power is lost. */
  rounds: z.number().int().positive().default(20),
  /** No further round is begun after this time. */
  time: duration.optional(),
  /** Where `time` is over sooner, how many rounds a pass must rest on, else it is unknown; without it all. */
  min_rounds: z.number().int().positive().optional(),
  /**
   * When power is lost in each round after the first, which lets the workload end: at these moments in turn. auto: right
   * after an ack, just before a flush completes, or at any time, as the seed has it.
   */
  cut: z
    .union([z.literal('auto'), liveCut, z.array(liveCut).min(1)])
    .default('auto')
    .transform((value) => (value === 'auto' ? [] : [value].flat())),
  /**
   * What is lost of the disk's cache, in each round in turn: all, none, some (each write by chance), or torn (some, and of
   * one write that is larger than the disk's atomic unit a part). auto: all, none, and then as the seed has it.
   */
  lose: z
    .union([z.literal('auto'), z.enum(losses), z.array(z.enum(losses)).min(1)])
    .default('auto')
    .transform((value) => (value === 'auto' ? [] : [value].flat())),
  /** What a round begins on: fresh, survivor (what the last round left), or mixed. auto: mixed in a guest, else fresh. */
  begin: z.enum(['auto', 'fresh', 'survivor', 'mixed']).default('auto'),
  /** What dm-flakey does from the moment of the cut: one thing with writes, and perhaps `error_reads`. */
  flakey: z
    .union([z.enum(flakeyFeatures), z.array(z.enum(flakeyFeatures))])
    .default('drop_writes')
    .transform((value) => [value].flat())
    .refine((features) => features.filter((feature) => feature !== 'error_reads').length === 1, {
      error:
        'expected one of drop_writes, error_writes, random_write_corrupt (the target takes one of them; error_reads alone loses nothing)',
    })
    .refine((features) => new Set(features).size === features.length, {
      error: 'expected each feature once',
    }),
});
export type Live = z.output<typeof live>;
