/**
 * Runs scenarios one after the other, each on each of its storages, and keeps what is finished whatever
 * happens to the rest.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Attachment } from '../attach/attached-disk.js';
import { storagesWithOwnErrors } from '../contract/injected-errors.js';
import type { ExplorationProgress } from '../explore/exploration.js';
import type { LoadedScenario } from '../scenario/load.js';
import type { Scenario } from '../scenario/schema.js';
import { runsAsOthers } from '../server/programs.js';
import { cleanDeadRuns } from '../state/clean.js';
import { withRunSpace } from '../state/with-run-space.js';
import { UsageError } from '../verdict/errors.js';
import { type Calibration, type Results, type RunResult, resultsSchema } from '../verdict/results.js';
import { toolVersion } from '../version.js';
import { calibrate } from './calibrate.js';
import { recoveryOf, refuseContainers } from './containers.js';
import { asksForReplay, chooseEngines, type Engines, isLive, observes } from './engines.js';
import { describeEnvironment } from './environment.js';
import { isHostRoot, isUml, lacksAmongKernels, requireKernels } from './kernels.js';
import { requireMethods } from './methods.js';
import { Places } from './places.js';
import { recordedCalls } from './recorded-calls.js';
import { needsHost, recovererOf } from './recovering-kernel.js';
import { requireHost } from './require-host.js';
import { requireUml, resolvePlaces } from './resolve-places.js';
import { finishedResult, type Invocation, writeJson } from './run-folder.js';
import { runScenario } from './run-scenario.js';
import { placeSlug } from './storage-label.js';
import { summarise } from './summarise.js';

/** One scenario on one storage, with its place in the results folder. */
export interface PlannedRun {
  loaded: LoadedScenario;
  storageIndex: number;
  /** The guest's kernel; null on the host. */
  kernel: string | null;
  runFolder: string;
}

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
  shard?: { index: number; count: number } | undefined;
  resume?: boolean;
  calibrate: boolean;
  attachment?: Attachment | undefined;
  /** Off only to show that the calibration notices. */
  directIo?: boolean | undefined;
  signal?: AbortSignal | undefined;
  observer: SessionObserver;
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

export async function runSession(options: SessionOptions): Promise<Results> {
  const { resultsFolder, observer, signal } = options;
  const scenarios = resolvePlaces(options.scenarios, (step) => observer.step?.(step));
  refuseWhatIsNotThere(scenarios);
  if (options.resume !== true) {
    requireMethods(scenarios);
    requireKernels(scenarios);
  }
  const all = planRuns(scenarios, resultsFolder);
  const { index, count } = options.shard ?? { index: 1, count: 1 };
  const planned = all.filter((_, position) => position % count === index - 1);
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
  const calibrations = new Map<string, Calibration>();
  const places = new Places({ ...options, onStep: (step) => observer.step?.(step) });
  try {
    for (const [position, run] of planned.entries()) {
      signal?.throwIfAborted();
      observer.runStarted?.(run, position, planned.length);
      const finished = options.resume ? finishedResult(run.runFolder) : null;
      const result = finished ?? (await runOne(run, options, places, calibrations));
      results.runs.push(result);
      observer.runFinished?.(result);
      summarise(results);
      writeJson(join(resultsFolder, 'results.json'), results);
    }
  } finally {
    await places.close();
    summarise(results);
    if (existsSync(resultsFolder)) writeJson(join(resultsFolder, 'results.json'), results);
  }
  return results;
}

async function runOne(
  run: PlannedRun,
  options: SessionOptions,
  places: Places,
  calibrations: Map<string, Calibration>,
): Promise<RunResult> {
  const { loaded, storageIndex, kernel } = run;
  const { observer, signal, workloads, directIo, resume } = options;
  const { scenario } = loaded;
  const { fs } = scenario.storage[storageIndex]!;
  const engines = enginesOf(run, resume === true);
  const place = places.of(run);
  const method = engines.live ? scenario.storage[storageIndex]!.method : 'disk';
  const recoverer = recovererOf(scenario, kernel, fs);
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
      return runScenario({
        ...run,
        space,
        workloads,
        place,
        lanes: options.lanes,
        resume,
        signal,
        engines,
        calibration: observes(engines) ? (calibrations.get(calibrated) ?? null) : null,
        onStep: (step) => observer.step?.(step),
        onProgress: (progress) => observer.progress?.(progress),
      });
    },
    (text) => observer.warning?.(text),
  );
}

/** Only what the chosen engines need: the contract engine needs strace, and neither root nor a disk. */
function requireWhatTheyNeed(planned: readonly PlannedRun[], resume: boolean): void {
  const onHostFiles = planned.filter(
    ({ kernel, loaded }) => kernel !== null && isUml(kernel) && isHostRoot(loaded.scenario),
  );
  if (onHostFiles.length > 0) {
    requireUml(onHostFiles.map(({ loaded, storageIndex }) => loaded.scenario.storage[storageIndex]!.fs));
  }
  const onHost = planned
    .filter(({ loaded }) => asksForReplay(loaded.scenario) && loaded.scenario.place === 'host')
    .map((run) => ({ ...run, fs: run.loaded.scenario.storage[run.storageIndex]!.fs }))
    .filter(({ loaded, fs, runFolder }) => needsHost(loaded.scenario, fs, resume ? runFolder : null));
  if (onHost.length > 0) requireHost(onHost.map(({ fs }) => fs));
  for (const run of planned) enginesOf(run, resume);
}

function enginesOf({ loaded, storageIndex, runFolder }: PlannedRun, resume: boolean): Engines {
  return chooseEngines(loaded.scenario, storageIndex, resume ? recordedCalls(runFolder) : null);
}

/** Says no to what this version does not do, instead of doing something else. */
export function refuseWhatIsNotThere(scenarios: readonly LoadedScenario[]): void {
  for (const { file, scenario } of scenarios) {
    const where = file ?? 'this run';
    if (scenario.place === 'container') {
      throw new UsageError(
        `${where}: key place: expected host or vm, found container: this version runs no workloads in containers`,
      );
    }
    // A container's recoveries are a guest's: where there is none, the image is what to speak of.
    refuseContainers(where, scenario);
    if (scenario.place === 'host' && recoveryOf(scenario) === 'guest') {
      throw new UsageError(
        `${where}: key recover: expected auto, host or uml, found guest: there is no guest without place: vm; uml is a kernel of its own, too`,
      );
    }
    refuseEngines(where, scenario);
    refuseOwed(where, scenario);
  }
}

/** What a storage owes follows from calls that were followed and from crash states of a recorded disk. */
function refuseOwed(where: string, scenario: Scenario): void {
  if (!scenario.promise?.owed) return;
  const live = scenario.storage.find(isLive);
  if (live || !asksForReplay(scenario) || (scenario.engine && !scenario.engine.includes('contract'))) {
    throw new UsageError(
      `${where}: key promise.owed: expected the engines contract and replay and a recorded disk, found ${live ? `storage.method ${live.method}` : `engine ${scenario.engine!.join(',')}`}: what is owed follows from the system calls, and whether it is kept from recovered crash states`,
    );
  }
}

/** A storage says how it loses power; an engine that cannot follow it is a contradiction. */
function refuseEngines(where: string, { engine, storage }: Scenario): void {
  if (engine === undefined) return;
  if (engine.length === 0) {
    throw new UsageError(`${where}: key engine: expected contract, replay or live, found none`);
  }
  for (const name of ['replay', 'live'] as const) {
    const other = storage.find((one) => isLive(one) !== (name === 'live'));
    if (engine.includes(name) && other) {
      throw new UsageError(
        `${where}: key engine: ${name} cannot judge storage.method ${other.method}: without this key each storage gets the engine that can`,
      );
    }
  }
}
