/** Whose kernel recovers a scenario's crash states, by what it asks for and what this machine can do. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { hostRunNeed, missingFor } from '../../doctor/need.js';
import { layerLabel, needsGuest } from '../../scenario/schema/layers.js';
import type { Scenario } from '../../scenario/schema/scenario.js';
import type { Storage } from '../../scenario/schema/storage.js';
import { UsageError } from '../../verdict/errors.js';
import { recoveryOf } from './containers.js';
import { isUml } from './kernels.js';

/** The host's own; the guest's that the workload ran in; User-mode Linux, as an ordinary process. */
export type Recoverer = 'host' | 'guest' | 'uml';

/** Of a storage: what decides whose kernel can mount it. */
type Mounted = Pick<Storage, 'fs' | 'layers'>;

/**
 * @param kernel that of the guest it is recorded in; null on the host
 * @throws UsageError where the host is asked to put layers in place that are machine-wide
 */
export function recovererOf(scenario: Scenario, kernel: string | null, storage: Mounted): Recoverer {
  const wish = recoveryOf(scenario);
  if (wish === 'host') requireOwnLayers(storage);
  if (wish === 'host' || wish === 'uml') return wish;
  const guest = kernel === null || isUml(kernel) ? 'uml' : 'guest';
  if (wish === 'guest') return guest;
  // The host's kernel is the one people run; it takes root, and the file system.
  return canRecoverOnHost(storage) ? 'host' : guest;
}

/** Whether this machine's kernel can recover crash states of a storage: root, devices, file system, layers of its own. */
export function canRecoverOnHost({ fs, layers }: Mounted): boolean {
  return !layers.some(needsGuest) && missingFor(hostRunNeed([fs])).length === 0;
}

/** @throws UsageError where the host would have to put layers in place that are machine-wide */
export function requireOwnLayers({ layers }: Pick<Storage, 'layers'>): void {
  const guests = layers.filter(needsGuest);
  if (guests.length > 0)
    throw new UsageError(
      `key recover: expected auto or uml, found host: ${guests.map(layerLabel).join(', ')}: device mapper and md are not touched on the host`,
    );
}

/** Whether a run has to have root and devices of the host: to be recorded, or to be recovered there. */
export function needsHost(scenario: Scenario, storage: Mounted, runFolder: string | null): boolean {
  const recorded = runFolder !== null && existsSync(join(runFolder, 'trace', 'manifest.json'));
  return !recorded || recovererOf(scenario, null, storage) === 'host';
}
