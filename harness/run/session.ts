/**
 * Runs scenarios one after the other, each on each of its storages, and keeps what is finished whatever
 * happens to the rest. The next one is recorded while crash states of the last one recover, where they can (mayOverlap).
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Attachment } from '../attach/attached-disk.js';
import type { ExplorationProgress } from '../explore/exploration.js';
import type { LoadedScenario } from '../scenario/load.js';
import { runsAsOthers } from '../server/programs.js';
import { cleanDeadRuns } from '../state/clean.js';
import { withRunSpace } from '../state/with-run-space.js';
import { type Calibration, type Results, type RunResult, resultsSchema } from '../verdict/results.js';
import { toolVersion } from '../version.js';
import { calibrate } from './calibrate.js';
import { oneAhead } from './one-ahead.js';
import { recoveryOf } from './planning/containers.js';
import { observes } from './planning/engines.js';
import { describeEnvironment } from './planning/environment.js';
import { lacksAmongKernels, requireKernels } from './planning/kernels.js';
import { requireMethods } from './planning/methods.js';
import { mayOverlap } from './planning/overlap.js';
import { type PlannedRun, planRuns } from './planning/planned-run.js';
import { recovererOf } from './planning/recoverer.js';
import { refuseWhatIsNotThere } from './planning/refusals.js';
import { enginesOf, requireWhatTheyNeed } from './planning/requirements.js';
import { resolvePlaces } from './planning/resolve-places.js';
import { finishedResult, type Invocation, writeJson } from './planning/run-folder.js';
import { settleContainers } from './planning/settle-containers.js';
import { runsOfShard, type Shard } from './planning/shard.js';
import { summarise } from './planning/summarise.js';
import { Places } from './recording/places.js';
import { runScenario } from './run-scenario.js';
import type { Sharing } from './sharing.js';
import { Turns } from './turns.js';

/** Told what happens, to show it. */
export interface SessionObserver {
  runStarted?(run: PlannedRun, position: number, total: number): void;
  step?(step: string): void;
  progress?(progress: ExplorationProgress): void;
  runFinished?(result: RunResult): void;
  warning?(text: string): void;
}

export interface SessionOptions {
  scenarios: readonly LoadedScenario[];
  resultsFolder: string;
  workloads: string;
  lanes?: number | undefined;
  shard?: Shard | undefined;
  resume?: boolean;
  calibrate: boolean;
  attachment?: Attachment | undefined;
  /** Others who take part: in whole runs where there are several to be recorded, else in exploring crash points. */
  sharing?: Sharing | undefined;
  /** Off only to show that the calibration notices. */
  directIo?: boolean | undefined;
  signal?: AbortSignal | undefined;
  observer: SessionObserver;
}

export async function runSession(options: SessionOptions): Promise<Results> {
  const { resultsFolder, observer } = options;
  const giveUp = new AbortController();
  const signal = AbortSignal.any([giveUp.signal, ...(options.signal ? [options.signal] : [])]);
  const placed = resolvePlaces(options.scenarios, {
    step: (step) => observer.step?.(step),
    warning: (text) => observer.warning?.(text),
  });
  refuseWhatIsNotThere(placed);
  const scenarios = await settleContainers(placed, (step) => observer.step?.(step));
  if (options.resume !== true) {
    requireMethods(scenarios);
    requireKernels(scenarios);
  }
  const all = planRuns(scenarios, resultsFolder);
  const planned = runsOfShard(all, options.shard ?? { index: 1, count: 1 });
  requireWhatTheyNeed(planned, options.resume === true);
  for (const { run, left } of cleanDeadRuns()) {
    if (left.length > 0)
      observer.warning?.(`a killed run (${run}) left what cannot be removed: ${left.join('; ')}`);
  }
  const invocation: Invocation = {
    scenarios: scenarios.map(({ file, folder, input }) => ({ file, folder, input })),
    lanes: options.lanes ?? null,
  };
  writeJson(join(resultsFolder, 'invocation.json'), invocation);
  const results: Results = {
    schema: resultsSchema,
    tool: { name: 'plugpull', version: toolVersion },
    environment: describeEnvironment(),
    verdict: 'pass',
    met: null,
    runs: [],
  };
  const keep = (): void => {
    const open = planned.slice(results.runs.length).map(({ runFolder }) => runFolder);
    if (open.length > 0) results.unfinished = open;
    else delete results.unfinished;
    summarise(results);
    if (existsSync(resultsFolder)) writeJson(join(resultsFolder, 'results.json'), results);
  };
  const calibrations = new Map<string, Calibration>();
  const turns = new Turns();
  const places = new Places({ ...options, onStep: (step) => observer.step?.(step) });
  // Whoever ends this before it can say so finds what was asked for.
  keep();
  try {
    const givenUp = await doneByOthers(planned, options);
    const isThere = options.resume || options.sharing;
    const areApart = !isThere && options.lanes !== 1 && planned.length > 1;
    const overlap = planned.map((run) => areApart && mayOverlap(run));
    const outcomes = oneAhead(
      [...planned.entries()],
      async ([position, run], letNext) => {
        signal.throwIfAborted();
        const isShown = (): boolean => position === results.runs.length;
        const onRecorded = (): void => {
          if (overlap[position] && overlap[position + 1]) letNext();
        };
        const done = { places, calibrations, turns, onRecorded, givenUp: givenUp.get(run.runFolder) };
        const finished = isThere ? finishedResult(run.runFolder) : null;
        const shown = { ...options, signal, observer: whileShown(observer, isShown) };
        return finished ?? runOne(run, shown, done);
      },
      () => giveUp.abort(),
    );
    const show = (): void => {
      const position = results.runs.length;
      if (position < planned.length) observer.runStarted?.(planned[position]!, position, planned.length);
    };
    show();
    for await (const result of outcomes) {
      results.runs.push(result);
      observer.runFinished?.(result);
      keep();
      show();
    }
  } finally {
    await places.close();
    keep();
  }
  return results;
}

/** Of a run that was begun before the last one had ended, nothing is shown yet but what is to be heeded. */
function whileShown(observer: SessionObserver, isShown: () => boolean): SessionObserver {
  return {
    step: (step) => isShown() && observer.step?.(step),
    progress: (progress) => isShown() && observer.progress?.(progress),
    warning: (text) => observer.warning?.(text),
  };
}

/** @returns the folders of runs that nobody could do, and why */
async function doneByOthers(
  planned: readonly PlannedRun[],
  { sharing, observer, signal = new AbortController().signal }: SessionOptions,
): Promise<Map<string, string>> {
  const isBegun = ({ runFolder }: PlannedRun): boolean =>
    ['result.json', 'trace/manifest.json'].some((file) => existsSync(join(runFolder, file)));
  const open = planned.filter((run) => !isBegun(run));
  if (!sharing || planned.length < 2 || open.length === 0) return new Map();
  return sharing.doRuns(open, { onStep: (step) => observer.step?.(step), signal });
}

async function runOne(
  run: PlannedRun,
  options: SessionOptions,
  {
    places,
    calibrations,
    turns,
    onRecorded,
    givenUp,
  }: {
    places: Places;
    calibrations: Map<string, Calibration>;
    turns: Turns;
    onRecorded: () => void;
    givenUp: string | undefined;
  },
): Promise<RunResult> {
  const { loaded, storageIndex, kernel } = run;
  const { observer, signal, workloads, directIo, resume } = options;
  const { scenario } = loaded;
  const storage = scenario.storage[storageIndex]!;
  const { fs } = storage;
  const engines = enginesOf(run, resume === true);
  const place = places.of(run);
  const method = engines.live ? storage.method : 'disk';
  const recoverer = recovererOf(scenario, kernel, storage);
  const recovered = recoverer === 'uml' ? ', recovered in User-mode Linux' : '';
  const calibrated = `${fs} on ${kernel ?? 'the host'}${engines.live ? ` with ${method}` : ''}${recovered}`;
  return withRunSpace(
    async (space) => {
      if (runsAsOthers(scenario)) space.letUsersPass();
      if (options.calibrate && observes(engines) && !calibrations.has(calibrated)) {
        observer.step?.(`calibrating ${calibrated}`);
        const useCache = directIo !== false;
        calibrations.set(
          calibrated,
          await calibrate({
            fs,
            kernel,
            method,
            guest: { ...scenario.vm, recover: recoveryOf(scenario) },
            recoverer,
            place,
            space,
            workloads,
            useCache,
            signal,
          }).catch((error: unknown): Calibration => {
            if (!lacksAmongKernels(error, loaded)) throw error;
            return { outcome: 'unknown', detail: 'the kernel lacks what the controls need' };
          }),
        );
      }
      const means = {
        ...{ space, workloads, place, lanes: options.lanes, sharing: options.sharing, signal },
        ...{ turns, onRecorded },
        onStep: (step: string) => observer.step?.(step),
        onProgress: (progress: ExplorationProgress) => observer.progress?.(progress),
      };
      const calibration = observes(engines) ? (calibrations.get(calibrated) ?? null) : null;
      return runScenario(run, means, { engines, calibration, resume, givenUp });
    },
    (text) => observer.warning?.(text),
  );
}
