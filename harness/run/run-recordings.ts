/** A scenario's recordings on one storage, made and judged one after the other. */
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { JudgedLog } from '../contract/judge-log.js';
import type { LaneClient } from '../explore/lane-client.js';
import type { Storage } from '../scenario/schema/storage.js';
import { callsFile, readManifest } from '../trace/manifest.js';
import { recordingFolder } from '../trace/recording-folder.js';
import { worst } from '../verdict/outcome.js';
import { hasUnshown } from './joining/join-verdicts.js';
import { checkModel, describedBy } from './judging/check-model.js';
import { explainSightings } from './judging/explain-sightings.js';
import { judgeCallsOfTrace } from './judging/judge-calls-of-trace.js';
import { breachSeen, judgeOwed } from './judging/judge-owed.js';
import { judgeTrace } from './judging/judge-trace.js';
import type { JudgedTrace } from './judging/judged-trace.js';
import type { SceneRecoverer } from './judging/scene-recoveries.js';
import { writeScenes } from './judging/write-scenes.js';
import type { PlannedRun } from './planning/planned-run.js';
import { recovererOf } from './planning/recoverer.js';
import { mostRecordings } from './recording/recordings.js';
import { workloadProblem } from './recording/workload-problem.js';
import type { RunMeans } from './run-means.js';
import type { RunWishes } from './run-wishes.js';
import type { Stopwatch } from './stopwatch.js';
import { TimeBudget } from './time-budget.js';

/** One recording's place in the run's folder. */
interface RecordingFolders {
  recording: number;
  /** Of this recording: what exploring and scenes leave. */
  folder: string;
  traceFolder: string;
  /** It was made by an interrupted run. */
  isThere: boolean;
}

/**
 * Records and judges; the contract by the first recording. Only that one is traced: tracing slows the workload down, and
 * the other recordings are there to see it at its own pace. Unless the scenario says how many there are, another one is
 * made, under another schedule of write-back, as long as the contract has a violation that none of them shows.
 */
export class Recordings {
  readonly #observed: JudgedTrace[] = [];
  #contract: JudgedLog | null = null;
  readonly #time: TimeBudget;

  constructor(
    private readonly run: PlannedRun,
    private readonly means: RunMeans,
    private readonly wishes: RunWishes,
    private readonly stopwatch: Stopwatch,
  ) {
    this.#time = new TimeBudget(run.loaded.scenario.explore.budget.time);
  }

  async judge(): Promise<{ observed: JudgedTrace[]; contract: JudgedLog | null }> {
    for (let recording = 0; this.#isWanted(recording); recording++) {
      const folder = recordingFolder(this.run.runFolder, recording);
      const traceFolder = join(folder, 'trace');
      const isThere = this.wishes.resume === true && existsSync(join(traceFolder, 'manifest.json'));
      if (!(await this.#judgeOne({ recording, folder, traceFolder, isThere }))) break;
    }
    return { observed: this.#observed, contract: this.#contract };
  }

  get #storage(): Storage {
    return this.run.loaded.scenario.storage[this.run.storageIndex]!;
  }

  #isWanted(recording: number): boolean {
    const { scenario } = this.run.loaded;
    if (recording >= mostRecordings(scenario, this.#storage)) return false;
    if (recording === 0 || scenario.recordings !== 'auto') return true;
    if (this.#time.isOver) return false;
    const observed = this.#observed.flatMap(({ findings }) => findings);
    return hasUnshown(this.#contract?.findings ?? [], observed);
  }

  /** @returns whether there can be another one */
  async #judgeOne(folders: RecordingFolders): Promise<boolean> {
    const { recording, traceFolder, isThere } = folders;
    const { scenario } = this.run.loaded;
    const judgesCalls = this.wishes.engines.contract && recording === 0;
    // Their programs load while the workload is recorded.
    const lanes = this.#startLanes();
    try {
      if (!isThere) await this.#inTurn(() => this.stopwatch.time('record', () => this.#record(folders)));
      this.means.onRecorded?.();
      this.#time.begin();
      const problem = recording > 0 && scenario.recordings === 'auto' ? problemOf(traceFolder) : null;
      if (problem !== null) {
        // Nobody asked for this one, and the workload was right to mind: it says nothing about the others.
        this.#observed[0]!.notes.push(
          `no further recording under another schedule of write-back: ${problem}`,
        );
        return false;
      }
      // What a storage owes follows from the calls, and says how long it is worth to look for a breach.
      if (judgesCalls && scenario.promise?.owed) this.#contract = await this.#judgeCalls(folders);
      this.means.onStep?.('exploring crash states');
      this.#observed.push(await this.stopwatch.time('explore', () => this.#explore(folders, lanes)));
    } finally {
      await Promise.all(lanes.map((lane) => lane.close()));
    }
    if (judgesCalls) {
      this.#contract ??= await this.#judgeCalls(folders);
      if (this.#contract.history) this.wishes.onHistory?.(this.#contract.history);
      doubtAsCallsDo(this.#observed[0]!, this.#contract);
    }
    explainSightings(this.#observed.at(-1)!, {
      contract: this.#contract,
      ...{ traceFolder, runFolder: folders.folder },
    });
    if (recording === 0) await this.#holdAgainstCalls(folders);
    // A scene decides nothing: nobody waits for one longer than was asked for.
    if (this.wishes.locatesSources !== false && !this.#time.isOver)
      await this.stopwatch.time('scenes', () => this.#leaveScenes(folders, judgesCalls));
    return true;
  }

  /** While the workload of no other run is running. */
  #inTurn<T>(action: () => Promise<T>): Promise<T> {
    return this.means.turns?.take(action) ?? action();
  }

  #startLanes(): LaneClient[] {
    const { space, place, workloads } = this.means;
    return place.startLanes({ space, storage: this.#storage, loaded: this.run.loaded, workloads });
  }

  async #record({ recording, folder, traceFolder }: RecordingFolders): Promise<void> {
    const { loaded, storageIndex } = this.run;
    const { space, workloads, signal, onStep } = this.means;
    const { contract } = this.wishes.engines;
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    await this.means.place.record({
      ...{ loaded, storageIndex, recording, traceFolder, space, workloads, signal, onStep },
      traceCalls: contract && recording === 0,
      mayDelayCalls: contract,
    });
  }

  #judgeCalls({ traceFolder, isThere }: RecordingFolders): Promise<JudgedLog> {
    // In a guest it was run because it is not to run here.
    const canRunAgain =
      !isThere &&
      this.run.kernel === null &&
      this.run.loaded.scenario.place !== 'container' &&
      this.wishes.locatesSources !== false;
    const { place } = this.means;
    const runThere = !isThere && place.runAgain ? place.runAgain.bind(place) : undefined;
    const judge = (): Promise<JudgedLog> =>
      this.stopwatch.time('contract', () =>
        judgeCallsOfTrace(traceFolder, this.means, { canRunAgain, runThere, timeMs: this.#time.share() }),
      );
    return canRunAgain ? this.#inTurn(judge) : judge();
  }

  #explore(
    { recording, folder, traceFolder, isThere }: RecordingFolders,
    lanes: readonly LaneClient[],
  ): Promise<JudgedTrace> {
    const { space, signal, onProgress, onStep = () => {}, sharing } = this.means;
    const { kernel } = this.run;
    const owed = this.run.loaded.scenario.promise?.owed;
    const contract = this.#contract;
    const looks =
      this.wishes.engines.contract &&
      recording === 0 &&
      existsSync(join(traceFolder, callsFile)) &&
      (owed !== undefined || describedBy(traceFolder).models.length > 0);
    return judgeTrace({
      ...{ traceFolder, runFolder: folder, resume: isThere, lanes, look: looks, signal, onProgress },
      timeMs: this.#time.share(this.#exploringShare(recording)),
      askOthers: sharing
        ? (wanted) =>
            sharing.explorePoints(
              { ...wanted, kernel, folder: space.path(`seen-by-others-${recording}`) },
              { onStep, signal: wanted.signal },
            )
        : undefined,
      isEnough:
        owed && contract && recording === 0
          ? (trees) => breachSeen(owed, { contract, trees, traceFolder })
          : undefined,
    });
  }

  /**
   * Of the time that is left: system calls are judged afterwards, which takes long where a checker is asked, and
   * recordings that the scenario asks for are all to be looked at.
   */
  #exploringShare(recording: number): number {
    const { scenario } = this.run.loaded;
    const further =
      scenario.recordings === 'auto' ? 0 : mostRecordings(scenario, this.#storage) - recording - 1;
    const judgesCalls = this.wishes.engines.contract && recording === 0;
    const own = judgesCalls ? (scenario.checker ? 0.5 : 0.8) : 1;
    return own / (1 + further);
  }

  /** What was recovered, against what the calls asked for and what models of the file system allow. */
  async #holdAgainstCalls({ folder, traceFolder }: RecordingFolders): Promise<void> {
    const contract = this.#contract;
    const owed = this.run.loaded.scenario.promise?.owed;
    const judged = this.#observed[0]!;
    const about = { judged, traceFolder, runFolder: folder, signal: this.means.signal };
    const breached = owed ? judgeOwed(owed, { contract, ...about }) : new Set<string>();
    if (!contract) return;
    const description = describedBy(traceFolder);
    await this.stopwatch.time('models', async () =>
      checkModel({ description, contract, breached, ...about, timeMs: this.#time.share() }),
    );
  }

  #leaveScenes({ folder, traceFolder }: RecordingFolders, judgesCalls: boolean): Promise<void> {
    const { findings } = this.#observed.at(-1)!;
    const history = judgesCalls ? (this.#contract?.history ?? null) : null;
    return writeScenes({
      ...{ traceFolder, runFolder: folder, findings, history, signal: this.means.signal },
      recoverer: this.#sceneRecoverer(),
    });
  }

  #sceneRecoverer(): SceneRecoverer {
    const { scenario } = this.run.loaded;
    return recovererOf(scenario, this.run.kernel, this.#storage) === 'host'
      ? { kind: 'mount', space: this.means.space }
      : { kind: 'lanes', start: () => this.#startLanes() };
  }
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
