/**
 * One scenario on one storage: record, judge, compare with what was expected.
 */
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { JudgedLog } from '../contract/judge-log.js';
import type { ExplorationProgress } from '../explore/exploration.js';
import type { History } from '../model/history.js';
import type { LoadedScenario } from '../scenario/load.js';
import type { RunSpace } from '../state/run-space.js';
import { callsFile, readManifest } from '../trace/manifest.js';
import { recordingFolder } from '../trace/recording-folder.js';
import { CannotTellError } from '../verdict/errors.js';
import { worst } from '../verdict/outcome.js';
import type { Calibration, RunResult } from '../verdict/results.js';
import { checkModel, describedBy } from './check-model.js';
import type { Engines } from './engines.js';
import { hasUnshown } from './join-verdicts.js';
import { judgeCallsOfTrace } from './judge-calls-of-trace.js';
import { judgeLive } from './judge-live.js';
import { breachSeen, judgeOwed } from './judge-owed.js';
import { type JudgedTrace, judgeTrace, undecided, workloadProblem } from './judge-trace.js';
import { lacksAmongKernels } from './kernels.js';
import { mostRecordings } from './recordings.js';
import { recovererOf } from './recovering-kernel.js';
import { runContractAlone } from './run-contract-alone.js';
import { writeResult } from './run-folder.js';
import type { RunPlace } from './run-place.js';
import { resultOf } from './run-result.js';
import { writeCallScenes, writeScenes } from './write-scenes.js';

export interface RunScenarioOptions {
  loaded: LoadedScenario;
  storageIndex: number;
  /** The guest's kernel; null on the host. */
  kernel: string | null;
  runFolder: string;
  space: RunSpace;
  workloads: string;
  /** Where it is recorded, and where crash states recover. */
  place: RunPlace;
  /** Checkers of crash directories at once; one a core by default. Recoveries at once are the place's. */
  lanes?: number | undefined;
  /** Go on with what an interrupted run left in its folder. */
  resume?: boolean | undefined;
  signal?: AbortSignal | undefined;
  onStep?: ((step: string) => void) | undefined;
  onProgress?: ((progress: ExplorationProgress) => void) | undefined;
  engines: Engines;
  /** What the calibration of this machine and file system said; it runs first. */
  calibration: Calibration | null;
  /** Off where nobody reads where in the program a finding comes from, nor how: it takes a second run, and recoveries. */
  locatesSources?: boolean | undefined;
  /** Told what the system calls of a recording did, where they could be followed. */
  onHistory?: ((history: History) => void) | undefined;
}

export async function runScenario(options: RunScenarioOptions): Promise<RunResult> {
  const { runFolder, engines } = options;
  const timing: Record<string, number> = {};
  mkdirSync(runFolder, { recursive: true });
  const judged = await judge(options, timing).catch((error: unknown) => {
    if (!(error instanceof CannotTellError || lacksAmongKernels(error, options.loaded))) throw error;
    return { observed: [undecided(error.message, engines.live ? 'live' : 'replay')], contract: null };
  });
  if (judged.contract && options.locatesSources !== false) writeCallScenes(runFolder, judged.contract);
  const result = resultOf({ ...options, ...judged, timing });
  writeResult(runFolder, result);
  return result;
}

async function judge(
  options: RunScenarioOptions,
  timing: Record<string, number>,
): Promise<{ observed: JudgedTrace[]; contract: JudgedLog | null }> {
  const { live, replay } = options.engines;
  if (live) return { observed: [await timed(timing, 'live', () => judgeLive(options))], contract: null };
  if (replay) return runRecordings(options, timing);
  return { observed: [], contract: await timed(timing, 'contract', () => runContractAlone(options)) };
}

/**
 * Records and judges; the contract by the first recording. Only that one is traced: tracing slows the workload down, and
 * the other recordings are there to see it at its own pace. Unless the scenario says how many there are, another one is
 * made, under another schedule of write-back, as long as the contract has a violation that none of them shows.
 */
async function runRecordings(
  options: RunScenarioOptions,
  timing: Record<string, number>,
): Promise<{ observed: JudgedTrace[]; contract: JudgedLog | null }> {
  const { loaded, storageIndex, runFolder, engines } = options;
  const { scenario } = loaded;
  const observed: JudgedTrace[] = [];
  let contract: JudgedLog | null = null;
  const owed = scenario.promise?.owed;
  const most = mostRecordings(scenario, scenario.storage[storageIndex]!);
  const isWanted = (recording: number): boolean =>
    recording < most &&
    (recording === 0 ||
      scenario.recordings !== 'auto' ||
      hasUnshown(
        contract?.findings ?? [],
        observed.flatMap(({ findings }) => findings),
      ));
  for (let recording = 0; isWanted(recording); recording++) {
    const folder = recordingFolder(runFolder, recording);
    const traceFolder = join(folder, 'trace');
    const resumable = options.resume === true && existsSync(join(traceFolder, 'manifest.json'));
    // Their programs load while the workload is recorded.
    const { space, place, workloads } = options;
    const judgesCalls = engines.contract && recording === 0;
    const lanes = place.startLanes({ space, storage: scenario.storage[storageIndex]!, loaded, workloads });
    try {
      if (!resumable) await timed(timing, 'record', () => recordAnew(options, recording, folder));
      const problem = recording > 0 && scenario.recordings === 'auto' ? problemOf(traceFolder) : null;
      if (problem !== null) {
        // Nobody asked for this one, and the workload was right to mind: it says nothing about the others.
        observed[0]!.notes.push(`no further recording under another schedule of write-back: ${problem}`);
        break;
      }
      // What a storage owes follows from the calls, and says how long it is worth to look for a breach.
      if (judgesCalls && owed) contract = await judgeCalls(options, traceFolder, { resumable, timing });
      const calls = contract;
      options.onStep?.('exploring crash states');
      const looks =
        judgesCalls &&
        existsSync(join(traceFolder, callsFile)) &&
        (owed !== undefined || describedBy(traceFolder).models.length > 0);
      observed.push(
        await timed(timing, 'explore', () =>
          judgeTrace({
            ...options,
            traceFolder,
            runFolder: folder,
            resume: resumable,
            lanes,
            look: looks,
            isEnough:
              owed && calls && recording === 0
                ? (trees) => breachSeen(owed, { contract: calls, trees, traceFolder })
                : undefined,
          }),
        ),
      );
    } finally {
      await Promise.all(lanes.map((lane) => lane.close()));
    }
    if (judgesCalls) {
      contract ??= await judgeCalls(options, traceFolder, { resumable, timing });
      if (contract?.history) options.onHistory?.(contract.history);
      doubtAsCallsDo(observed[0]!, contract);
    }
    if (recording === 0) {
      const judged = observed[0]!;
      const about = { judged, traceFolder, runFolder: folder, signal: options.signal };
      const breached = owed ? judgeOwed(owed, { contract, ...about }) : new Set<string>();
      if (contract) {
        const description = describedBy(traceFolder);
        await timed(timing, 'models', async () =>
          checkModel({ description, contract: contract!, breached, ...about }),
        );
      }
    }
    if (options.locatesSources !== false) {
      await timed(timing, 'scenes', () =>
        writeScenes({
          traceFolder,
          runFolder: folder,
          findings: observed.at(-1)!.findings,
          history: judgesCalls ? (contract?.history ?? null) : null,
          recoverer:
            recovererOf(scenario, options.kernel, scenario.storage[storageIndex]!.fs) === 'host'
              ? { kind: 'mount', space }
              : {
                  kind: 'lanes',
                  start: () =>
                    place.startLanes({ space, storage: scenario.storage[storageIndex]!, loaded, workloads }),
                },
          signal: options.signal,
        }),
      );
    }
  }
  return { observed, contract };
}

function judgeCalls(
  options: RunScenarioOptions,
  traceFolder: string,
  { resumable, timing }: { resumable: boolean; timing: Record<string, number> },
): Promise<JudgedLog> {
  return timed(timing, 'contract', () =>
    judgeCallsOfTrace({
      ...options,
      traceFolder,
      // In a guest it was run because it is not to run here.
      canRunAgain: !resumable && options.kernel === null && options.locatesSources !== false,
    }),
  );
}

/** The promises are the same for both engines; that they leave out what was acked only the calls tell. */
function doubtAsCallsDo(judged: JudgedTrace, { promiseDoubts }: JudgedLog): void {
  if (promiseDoubts.length === 0) return;
  judged.outcome = worst([judged.outcome, 'unknown']);
  judged.notes.push(...promiseDoubts);
}

function problemOf(traceFolder: string): string | null {
  const manifest = readManifest(traceFolder);
  return manifest.doubt ?? workloadProblem(manifest);
}

async function recordAnew(options: RunScenarioOptions, recording: number, folder: string): Promise<void> {
  const { loaded, storageIndex, space, workloads, signal, place, onStep, engines } = options;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  await place.record({
    loaded,
    storageIndex,
    recording,
    traceFolder: join(folder, 'trace'),
    space,
    workloads,
    signal,
    traceCalls: engines.contract && recording === 0,
    mayDelayCalls: engines.contract,
    onStep,
  });
}

async function timed<T>(into: Record<string, number>, name: string, action: () => Promise<T>): Promise<T> {
  const started = performance.now();
  const value = await action();
  into[name] = Math.round((into[name] ?? 0) + performance.now() - started);
  return value;
}
