/** A job that is a whole run: a scenario on one of its storages. Its answer: what the run left in its folder. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Store } from '../queue/store.js';
import type { PlannedRun } from '../run/planning/planned-run.js';
import type { LoadedScenario } from '../scenario/load.js';
import { type ScenarioInput, scenario } from '../scenario/schema/scenario.js';
import { fetchFolder, type StoredFolder } from './stored-folder.js';

export const runKind = 'run';

export interface RunBody {
  file: string | null;
  folder: string | null;
  /** With the run's storage and kernel alone. */
  input: ScenarioInput;
  calibrate: boolean;
}

export interface RunAnswer {
  /** Where it lay, which is said in what it left. */
  runFolder: string;
  files: StoredFolder;
}

export function runBody(
  { loaded, storageIndex, kernel }: Omit<PlannedRun, 'runFolder'>,
  calibrate: boolean,
): RunBody {
  const { file, folder = null, input, scenario } = loaded;
  const storage = (input.storage ?? [{}])[storageIndex]!;
  const guest = kernel === null ? {} : { vm: { ...input.vm, kernel: [kernel] } };
  return {
    ...{ file, folder, calibrate },
    input: { ...input, ...guest, place: scenario.place, storage: [storage] },
  };
}

export function scenarioOf({ file, folder, input }: RunBody): LoadedScenario {
  return { file, ...(folder === null ? {} : { folder }), input, scenario: scenario.parse(input) };
}

/** Lays what a run left into a folder here, as if it had been done there. */
export async function layRun(store: Store, { runFolder, files }: RunAnswer, into: string): Promise<void> {
  rmSync(into, { recursive: true, force: true });
  await fetchFolder(store, files, into);
  const inJson = (path: string): string => JSON.stringify(path).slice(1, -1);
  for (const name of Object.keys(files)) {
    if (!name.endsWith('.json') || name.startsWith('trace/')) continue;
    const path = join(into, name);
    writeFileSync(path, readFileSync(path, 'utf8').replaceAll(inJson(runFolder), inJson(into)));
  }
}
