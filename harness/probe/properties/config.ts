/** Which storages are measured, by which properties (YAML). */
import { z } from 'zod';
import { parseYaml, readText } from '../../scenario/load.js';
import { probed } from '../config.js';

export const propertiesConfig = z.strictObject({
  /** Whose kernel: uml, uml@RELEASE. The host's disk cannot hold a write back while others overtake it. */
  kernel: z.string().default('uml'),
  storage: z.array(probed.omit({ granularity: true, expect: true })).min(1),
  /** Some of the catalogue; without it all. */
  properties: z.array(z.string()).optional(),
  /** Recoveries that one workload under one schedule may cost. */
  limit: z.int().positive().default(2000),
});

export type PropertiesConfig = z.output<typeof propertiesConfig>;

/** @throws UsageError naming file, line, key, what was expected and what was found */
export function readPropertiesConfig(file: string): unknown {
  return parseYaml(propertiesConfig, readText(file, 'configuration of properties'), file).input;
}
