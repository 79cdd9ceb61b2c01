/**
 * The first half of a run alone: records scenarios into trace folders.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { record } from '../capture/record.js';
import type { LoadedScenario } from '../scenario/load.js';
import { cleanDeadRuns } from '../state/clean.js';
import { withRunSpace } from '../state/with-run-space.js';
import { UsageError } from '../verdict/errors.js';
import { asksForReplay, chooseEngines } from './engines.js';
import { workloadProblem } from './judge-trace.js';
import { requireHost } from './require-host.js';
import { planRuns, refuseWhatIsNotThere } from './session.js';
import { storageLabel } from './storage-label.js';

export interface RecordTracesOptions {
  scenarios: readonly LoadedScenario[];
  /** The trace folder when there is one recording to make, else the folder that gets a folder for each. */
  out: string;
  workloads: string;
  signal: AbortSignal;
  onStep: (step: string) => void;
  warn: (text: string) => void;
}

export interface RecordedTrace {
  folder: string;
  scenario: string;
  storage: string;
  /** Which of the scenario's recordings, from 0. */
  recording: number;
  /** Why it is not a recording of the workload that was meant; null when it is. */
  problem: string | null;
}

export async function recordTraces(options: RecordTracesOptions): Promise<RecordedTrace[]> {
  const { scenarios, out, workloads, signal, onStep, warn } = options;
  refuseWhatIsNotThere(scenarios);
  for (const { file, scenario } of scenarios) {
    if (!asksForReplay(scenario)) {
      throw new UsageError(
        `${file ?? 'record'}: key engine: expected replay among them, found ${scenario.engine!.join(',')}: a trace holds a recorded disk`,
      );
    }
  }
  const plan = planRuns(scenarios, out).flatMap(({ loaded, storageIndex, runFolder }) =>
    Array.from({ length: loaded.scenario.recordings }, (_, recording) => ({
      loaded,
      storageIndex,
      recording,
      folder: loaded.scenario.recordings === 1 ? runFolder : join(runFolder, `recording-${recording}`),
    })),
  );
  requireHost(plan.map(({ loaded, storageIndex }) => loaded.scenario.storage[storageIndex]!.fs));
  cleanDeadRuns();
  const recorded: RecordedTrace[] = [];
  for (const { loaded, storageIndex, recording, folder } of plan) {
    signal.throwIfAborted();
    const traceFolder = plan.length === 1 ? out : folder;
    const manifest = await withRunSpace(
      (space) =>
        record({
          loaded,
          storageIndex,
          recording,
          traceFolder,
          space,
          workloads,
          signal,
          onStep,
          // As in a run: the other recordings are to see the workload at its own pace.
          traceCalls: recording === 0 && chooseEngines(loaded.scenario, storageIndex).contract,
        }),
      warn,
    ).catch((error: unknown) => {
      // After an error the workload's output may tell why; an interrupted recording is of no use.
      if (signal.aborted) rmSync(traceFolder, { recursive: true, force: true });
      throw error;
    });
    recorded.push({
      folder: traceFolder,
      scenario: loaded.scenario.name,
      storage: storageLabel(loaded.scenario.storage[storageIndex]!),
      recording,
      problem: workloadProblem(manifest),
    });
  }
  return recorded;
}
