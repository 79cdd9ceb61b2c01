import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { programEnvironment } from '../capture/environment.js';
import { runContract } from '../contract/engine.js';
import type { JudgedLog } from '../contract/judge-log.js';
import { type LoadedScenario, scenarioFolder } from '../scenario/load.js';
import type { RunSpace } from '../state/run-space.js';
import { callsFile } from '../trace/manifest.js';

/** The contract engine without a disk: the workload runs in a plain directory. Needs no root. */
export async function runContractAlone(options: {
  loaded: LoadedScenario;
  runFolder: string;
  space: RunSpace;
  workloads: string;
  signal?: AbortSignal | undefined;
  onStep?: ((step: string) => void) | undefined;
}): Promise<JudgedLog> {
  const { loaded, runFolder, space, workloads, signal, onStep } = options;
  mkdirSync(runFolder, { recursive: true });
  return runContract({
    scenario: loaded.scenario,
    workDir: space.newFolder(`contract-${space.nextNumber()}`),
    logFile: join(runFolder, callsFile),
    env: {
      ...process.env,
      ...programEnvironment(workloads, scenarioFolder(loaded)),
      ...space.environment,
    },
    signal,
    onProgress: ({ phase }) => onStep?.(steps[phase]),
  });
}

const steps = {
  setup: 'running the setup',
  trace: 'running the workload',
  judge: 'judging system calls',
  check: 'checking crash directories',
  locate: 'looking for source lines',
};
