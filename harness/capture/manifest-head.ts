import type { LoadedScenario } from '../scenario/load.js';
import { scenarioFolder } from '../scenario/load.js';
import { type Manifest, traceSchema } from '../trace/manifest.js';
import { toolVersion } from '../version.js';

type Head =
  | 'schema'
  | 'tool'
  | 'recorded_at'
  | 'scenario'
  | 'storage'
  | 'seed'
  | 'recording'
  | 'workloads'
  | 'scenario_folder';

/** What a trace says of the run that made it, whatever it was recorded with. */
export function manifestHead({
  loaded,
  storageIndex,
  recording,
  workloads,
}: {
  loaded: LoadedScenario;
  storageIndex: number;
  recording: number;
  workloads: string;
}): Pick<Manifest, Head> {
  const { scenario } = loaded;
  return {
    schema: traceSchema,
    tool: { name: 'plugpull', version: toolVersion },
    recorded_at: new Date().toISOString(),
    scenario: { input: loaded.input, ...scenario },
    storage: storageIndex,
    seed: scenario.explore.seed,
    recording,
    workloads,
    scenario_folder: scenarioFolder(loaded),
  };
}
