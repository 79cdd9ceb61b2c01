/** Whose kernel recovers a scenario's crash states, by what it asks for and what this machine can do. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { hostRunNeed, missingFor } from '../../doctor/need.js';
import type { Scenario } from '../../scenario/schema/scenario.js';
import type { FileSystem } from '../../scenario/schema/storage.js';
import { recoveryOf } from './containers.js';
import { isUml } from './kernels.js';

/** The host's own; the guest's that the workload ran in; User-mode Linux, as an ordinary process. */
export type Recoverer = 'host' | 'guest' | 'uml';

/** @param kernel that of the guest it is recorded in; null on the host */
export function recovererOf(scenario: Scenario, kernel: string | null, fs: FileSystem): Recoverer {
  const wish = recoveryOf(scenario);
  if (wish === 'host' || wish === 'uml') return wish;
  const guest = kernel === null || isUml(kernel) ? 'uml' : 'guest';
  if (wish === 'guest') return guest;
  // The host's kernel is the one people run; it takes root, and the file system.
  return canRecoverOnHost(fs) ? 'host' : guest;
}

/** Whether this machine's kernel can recover crash states of a file system: root, devices, the file system. */
export function canRecoverOnHost(fs: FileSystem): boolean {
  return missingFor(hostRunNeed([fs])).length === 0;
}

/** Whether a run has to have root and devices of the host: to be recorded, or to be recovered there. */
export function needsHost(scenario: Scenario, fs: FileSystem, runFolder: string | null): boolean {
  const recorded = runFolder !== null && existsSync(join(runFolder, 'trace', 'manifest.json'));
  return !recorded || recovererOf(scenario, null, fs) === 'host';
}
