/** What one command runs: each scenario on each of its storages and kernels, with its place in the results folder. */
import { join } from 'node:path';
import { storagesWithOwnErrors } from '../../contract/tracing/injected-errors.js';
import type { LoadedScenario } from '../../scenario/load.js';
import type { Scenario } from '../../scenario/schema/scenario.js';
import { asksForReplay } from './engines.js';
import { placeSlug } from './storage-label.js';

/** One scenario on one storage, with its place in the results folder. */
export interface PlannedRun {
  loaded: LoadedScenario;
  storageIndex: number;
  /** The guest's kernel; null on the host. */
  kernel: string | null;
  runFolder: string;
}

export function planRuns(scenarios: readonly LoadedScenario[], resultsFolder: string): PlannedRun[] {
  const taken = new Set<string>();
  return scenarios.flatMap((loaded) =>
    storagesToRun(loaded.scenario).map(({ slug, storageIndex, kernel }) => {
      const name = `${loaded.scenario.name}--${slug}`;
      let unique = name;
      for (let n = 2; taken.has(unique); n++) unique = `${name}-${n}`;
      taken.add(unique);
      return { loaded, storageIndex, kernel, runFolder: join(resultsFolder, unique) };
    }),
  );
}

/**
 * One run for each storage and kernel; without the replay engine one for each set of faults, which is all it has of a
 * storage.
 */
function storagesToRun(scenario: Scenario): (Omit<PlannedRun, 'loaded' | 'runFolder'> & { slug: string })[] {
  if (!asksForReplay(scenario)) {
    return storagesWithOwnErrors(scenario).map((storageIndex) => ({
      slug: 'contract',
      storageIndex,
      kernel: null,
    }));
  }
  const kernels = scenario.place === 'vm' ? scenario.vm.kernel : [null];
  return scenario.storage.flatMap((_, storageIndex) =>
    kernels.map((kernel) => ({ slug: placeSlug(scenario, storageIndex, kernel), storageIndex, kernel })),
  );
}
