import { asksForReplay, chooseEngines, type Engines } from './engines.js';
import { isHostRoot, isUml } from './kernels.js';
import type { PlannedRun } from './planned-run.js';
import { recordedCalls } from './recorded-calls.js';
import { needsHost } from './recoverer.js';
import { requireHost } from './require-host.js';
import { requireUml } from './resolve-places.js';

/** Only what the chosen engines need: the contract engine needs strace, and neither root nor a disk. */
export function requireWhatTheyNeed(planned: readonly PlannedRun[], resume: boolean): void {
  const onHostFiles = planned.filter(
    ({ kernel, loaded }) => kernel !== null && isUml(kernel) && isHostRoot(loaded.scenario),
  );
  if (onHostFiles.length > 0) {
    requireUml(onHostFiles.map(({ loaded, storageIndex }) => loaded.scenario.storage[storageIndex]!.fs));
  }
  const onHost = planned
    .filter(({ loaded }) => asksForReplay(loaded.scenario) && loaded.scenario.place !== 'vm')
    .map((run) => ({ ...run, storage: run.loaded.scenario.storage[run.storageIndex]! }))
    .filter(({ loaded, storage, runFolder }) =>
      needsHost(loaded.scenario, storage, resume ? runFolder : null),
    );
  if (onHost.length > 0) requireHost(onHost.map(({ storage }) => storage.fs));
  for (const run of planned) enginesOf(run, resume);
}

/** @param resume whether a recording that is there already is judged */
export function enginesOf({ loaded, storageIndex, runFolder }: PlannedRun, resume: boolean): Engines {
  return chooseEngines(loaded.scenario, storageIndex, resume ? recordedCalls(runFolder) : null);
}
