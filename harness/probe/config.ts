/** The probe's configuration (YAML): which storages, by which workloads, and what is expected of each. */
import { z } from 'zod';
import { parseYaml, readText } from '../scenario/load.js';
import { storage } from '../scenario/schema/storage.js';

const granularities = ['write', 'torn', 'block', 'sector'] as const;

export const probed = storage.extend({
  /** In tables; without it the file system and its options. */
  name: z.string().optional(),
  /** What is lost as one here, where that is not what the configuration says. */
  granularity: z.enum(granularities).optional(),
  /** Whether it keeps what it owes, where that is known. */
  expect: z.enum(['kept', 'broken']).optional(),
});

export const probeConfig = z.strictObject({
  /**
   * Whose kernels are asked, one after the other: host, uml, uml@RELEASE, and as in vm.kernel those of machines in QEMU
   * (cloud, generic@RELEASE, a path); auto: the host's where there is root.
   */
  kernel: z
    .union([z.array(z.string()).min(1), z.string()])
    .default('auto')
    .transform((value) => [...new Set([value].flat().flatMap((text) => text.split(',').filter(Boolean)))]),
  storage: z.array(probed).min(1),
  /** Core operations of each workload. */
  seq: z.union([z.literal(1), z.literal(2), z.literal(3)]).default(1),
  /** So many workloads, chosen by `seed`; without it all of them. */
  sample: z.int().positive().optional(),
  seed: z.int().nonnegative().default(1),
  /** What is lost as one: whole writes, or each torn besides, or blocks or sectors of them. */
  granularity: z.enum(granularities).default('write'),
  /** The file system's own checker must find each recovered tree clean, once for each shape of it: never, or after. */
  fsck: z.enum(['never', 'after']).default('never'),
  /** Recoveries that one workload may cost. */
  limit: z.int().positive().default(2000),
  /** Workloads of one's own instead of the generated ones. */
  workloads: z.array(z.string()).optional(),
});

export type ProbeConfig = z.output<typeof probeConfig>;
export type ProbedStorage = ProbeConfig['storage'][number];

/** @throws UsageError naming file, line, key, what was expected and what was found */
export function readProbeConfig(file: string): unknown {
  return parseYaml(probeConfig, readText(file, 'probe configuration'), file).input;
}
