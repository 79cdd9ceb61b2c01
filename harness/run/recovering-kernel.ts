/** Whose kernel recovers a scenario's crash states, by what it asks for and what this machine can do. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type UmlKernel, umlKernel } from '../../vm/image/uml-kernel.js';
import { startUmlLanes } from '../../vm/lane/uml/uml-lane.js';
import { diskSizeBytes } from '../attach/file-system.js';
import { hostRunNeed, missingFor } from '../doctor/need.js';
import type { LaneClient } from '../explore/lane-client.js';
import type { LoadedScenario } from '../scenario/load.js';
import type { FileSystem, Scenario, Storage } from '../scenario/schema.js';
import type { RunSpace } from '../state/run-space.js';
import { recoveryOf } from './containers.js';
import { isUml } from './kernels.js';

/** The host's own; the guest's that the workload ran in; User-mode Linux, as an ordinary process. */
export type Recoverer = 'host' | 'guest' | 'uml';

const anyUml = 'uml';

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

export interface UmlLaneOptions {
  space: RunSpace;
  storage: Storage;
  loaded: Pick<LoadedScenario, 'input' | 'scenario'>;
  /** The guest's kernel, if it is one of these. */
  kernel: string | null;
  lanes?: number | undefined;
  signal?: AbortSignal | undefined;
  onStep?: ((step: string) => void) | undefined;
}

const kernels = new Map<string, Promise<UmlKernel>>();

/** Lanes in User-mode Linux; its program is made first, where it is not there. */
export function umlLanes(options: UmlLaneOptions): LaneClient[] {
  const { space, storage, loaded, kernel, lanes, signal, onStep } = options;
  const { input, scenario } = loaded;
  const keepCrc32c = scenario.vm.crc32c === 'original';
  const name = kernel !== null && isUml(kernel) ? kernel : anyUml;
  const key = `${name} ${keepCrc32c}`;
  let image = kernels.get(key);
  if (!image) {
    image = umlKernel(name, { signal, onStep, keepCrc32c });
    kernels.set(key, image);
    // What could not be had once may be had later.
    image.catch(() => kernels.delete(key));
  }
  const sizeBytes = diskSizeBytes(storage);
  // What a guest is given that records is more than one needs that recovers.
  const memoryMib = input.vm?.memory === undefined ? undefined : Math.ceil(scenario.vm.memory / 2 ** 20);
  return startUmlLanes({ space, kernel: image, fs: storage.fs, sizeBytes, memoryMib, lanes });
}
