/**
 * The first half of a run alone: records scenarios into trace folders.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { LoadedScenario } from '../scenario/load.js';
import { runsAsOthers } from '../server/programs.js';
import { cleanDeadRuns } from '../state/clean.js';
import { withRunSpace } from '../state/with-run-space.js';
import { UsageError } from '../verdict/errors.js';
import { asksForReplay, chooseEngines, isLive } from './planning/engines.js';
import { requireKernels } from './planning/kernels.js';
import { requireMethods } from './planning/methods.js';
import { type PlannedRun, planRuns } from './planning/planned-run.js';
import { refuseWhatIsNotThere } from './planning/refusals.js';
import { requireHost } from './planning/require-host.js';
import { resolvePlaces } from './planning/resolve-places.js';
import { settleContainers } from './planning/settle-containers.js';
import { placeLabel } from './planning/storage-label.js';
import { Places } from './recording/places.js';
import { workloadProblem } from './recording/workload-problem.js';

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

interface PlannedRecording extends Omit<PlannedRun, 'runFolder'> {
  recording: number;
  folder: string;
}

export async function recordTraces(options: RecordTracesOptions): Promise<RecordedTrace[]> {
  const { out, signal, onStep } = options;
  const placed = resolvePlaces(options.scenarios, { step: onStep, warning: options.warn });
  refuseWhatIsNotThere(placed);
  const scenarios = await settleContainers(placed, onStep);
  requireMethods(scenarios);
  requireKernels(scenarios);
  for (const { file, scenario } of scenarios) {
    if (!asksForReplay(scenario)) {
      throw new UsageError(
        `${file ?? 'record'}: key engine: expected replay among them, found ${scenario.engine!.join(',')}: a trace holds a recorded disk`,
      );
    }
  }
  for (const { file, scenario } of scenarios) {
    const live = scenario.storage.find(isLive);
    if (live) {
      throw new UsageError(
        `${file ?? 'record'}: key storage.method: expected disk or dm-log-writes, found ${live.method}: where power is really lost there is nothing to explore; use plugpull run`,
      );
    }
  }
  const plan: PlannedRecording[] = planRuns(scenarios, out).flatMap(
    ({ loaded, storageIndex, kernel, runFolder }) => {
      const { recordings } = loaded.scenario;
      // Whether more than one is needed only judging tells.
      const count = recordings === 'auto' ? 1 : recordings;
      return Array.from({ length: count }, (_, recording) => ({
        loaded,
        storageIndex,
        kernel,
        recording,
        folder: count === 1 ? runFolder : join(runFolder, `recording-${recording}`),
      }));
    },
  );
  const onHost = plan.filter(({ kernel }) => kernel === null);
  if (onHost.length > 0)
    requireHost(onHost.map(({ loaded, storageIndex }) => loaded.scenario.storage[storageIndex]!.fs));
  cleanDeadRuns();
  const places = new Places({ signal, onStep });
  const recorded: RecordedTrace[] = [];
  try {
    for (const planned of plan) {
      signal.throwIfAborted();
      const traceFolder = plan.length === 1 ? out : planned.folder;
      recorded.push(await recordOne(planned, traceFolder, places, options));
    }
  } finally {
    await places.close();
  }
  return recorded;
}

async function recordOne(
  { loaded, storageIndex, kernel, recording }: PlannedRecording,
  traceFolder: string,
  places: Places,
  { workloads, signal, onStep, warn }: RecordTracesOptions,
): Promise<RecordedTrace> {
  // As in a run: the other recordings are to see the workload at its own pace.
  const { contract: mayDelayCalls } = chooseEngines(loaded.scenario, storageIndex);
  const traceCalls = recording === 0 && mayDelayCalls;
  const job = {
    ...{ loaded, storageIndex, recording, traceFolder, workloads, signal, onStep },
    ...{ traceCalls, mayDelayCalls },
  };
  try {
    const manifest = await withRunSpace((space) => {
      if (runsAsOthers(loaded.scenario)) space.letUsersPass();
      return places.of({ loaded, kernel }).record({ ...job, space });
    }, warn);
    return {
      folder: traceFolder,
      scenario: loaded.scenario.name,
      storage: placeLabel(loaded.scenario, storageIndex, kernel),
      recording,
      problem: manifest.doubt ?? workloadProblem(manifest),
    };
  } catch (error) {
    // After an error the workload's output may tell why; an interrupted recording is of no use.
    if (signal.aborted) rmSync(traceFolder, { recursive: true, force: true });
    throw error;
  }
}
