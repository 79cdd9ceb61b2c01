import { existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { programEnvironment } from '../../capture/environment.js';
import { anyStorage } from '../../contract/any-storage.js';
import { usesQueues } from '../../contract/doubts/asynchronous-queues.js';
import { needsAgain, runAgain } from '../../contract/engine.js';
import { type JudgedLog, judgeLog } from '../../contract/judge-log.js';
import { wantsLooks } from '../../contract/looked-at.js';
import { locateAgain } from '../../contract/sources/locate-again.js';
import { noSourceLines, type SourceLines } from '../../contract/sources/source-lines.js';
import { AckServer } from '../../contract/tracing/ack-server.js';
import type { History } from '../../model/history.js';
import { sightingsOf } from '../../promise/sightings.js';
import { snapshotTree } from '../../promise/snapshot-tree.js';
import type { Scenario } from '../../scenario/schema/scenario.js';
import { againFolder, callsFile, type Manifest, readManifest } from '../../trace/manifest.js';
import { type Observations, openObservations } from '../../trace/observations.js';
import { nothingCovered } from '../../verdict/results.js';
import { storageLabel } from '../planning/storage-label.js';
import { CallsRecording } from '../recording/record-calls.js';
import type { AgainJob } from '../recording/run-place.js';
import type { SecondRun } from '../recording/second-run.js';
import { workloadProblem } from '../recording/workload-problem.js';
import type { RunMeans } from '../run-means.js';

/** What judging works with: checkers at once, in folders of the run's own. */
export type JudgingMeans = Pick<RunMeans, 'space' | 'lanes' | 'signal' | 'onStep'>;

export interface JudgeTraceOptions {
  /** The workload can be run here once more: for the source lines of its calls, and for what a recorded run cannot tell. */
  canRunAgain: boolean;
  /** How it is run once more where it was recorded, for the latter. */
  runThere?: ((job: AgainJob) => Promise<string | null>) | undefined;
  timeMs?: number | null | undefined;
}

/** The contract's judgement of a run whose system calls were traced, on a recorded disk or without one. */
export async function judgeCallsOfTrace(
  traceFolder: string,
  means: JudgingMeans,
  { canRunAgain, runThere, timeMs }: JudgeTraceOptions,
): Promise<JudgedLog> {
  const { space, lanes, signal, onStep } = means;
  const trace = openObservations(traceFolder);
  try {
    const { calls, scenario, storage, workloads, scenario_folder } = trace.manifest;
    const [first, ...later] = trace.snapshots;
    const last = later.at(-1);
    if (!calls) return notJudged('the system calls of this run were not traced');
    if (!first || !last?.final) {
      return notJudged('the trace does not tell what the directory held before and after the run');
    }
    onStep?.('judging system calls');
    const workDir = space.newFolder(`contract-${space.nextNumber()}`);
    const env = {
      ...process.env,
      ...programEnvironment(workloads, scenario_folder),
      ...space.environment,
      ...scenario.workload.env,
    };
    const problem = workloadProblem(trace.manifest);
    const final = snapshotTree(trace, last);
    const judged = await judgeLog({
      scenario,
      storageIndex: storage,
      logFile: join(traceFolder, callsFile),
      rootPath: calls.root,
      initial: snapshotTree(trace, first),
      final,
      seenAtAck: sightingsOf(trace, final).atAck,
      looks: trace.events.some(({ type }) => type === 'look') ? trace.looks() : undefined,
      umask: calls.umask,
      user: calls.user,
      socket: calls.ack_socket,
      env,
      workDir,
      lanes,
      storage: trace.manifest.size_bytes === null ? anyStorage : storageLabel(scenario.storage[storage]!),
      reproduce: '',
      doubts: problem === null ? [] : [problem],
      timeMs,
      locate: (history, timeMs) =>
        canRunAgain
          ? locateCalls({ history, scenario, storageIndex: storage, env, workDir, timeMs, signal })
          : noLines(),
      signal,
    });
    const again = await judgeAgain({ judged, trace, env }, means, { canRunAgain, runThere });
    // What the storage did is held against the calls of the recorded run.
    const { history, calls: recorded } = judged;
    if (typeof again === 'object') return compareAcks({ ...again, history, calls: recorded }, trace);
    return compareAcks({ ...judged, notes: [...judged.notes, ...(again ? [again] : [])] }, trace);
  } finally {
    trace.close();
  }
}

/**
 * What only another run tells: what the program does without io_uring and io_submit, and what files that it maps hold before its calls.
 * That run is kept beside the recorded one, for whoever judges that again. A text: there is none, and why; '': nothing is
 * left open that it would tell.
 */
async function judgeAgain(
  {
    judged,
    trace: { folder, manifest },
    env,
  }: {
    judged: JudgedLog;
    trace: Observations;
    env: NodeJS.ProcessEnv;
  },
  means: JudgingMeans,
  { canRunAgain, runThere }: JudgeTraceOptions,
): Promise<JudgedLog | string> {
  const { space, lanes, signal, onStep } = means;
  const { scenario, storage: storageIndex, workloads, scenario_folder: scenarioFolder } = manifest;
  const { input, ...parsed } = scenario;
  const traceFolder = join(folder, againFolder);
  const needs = needsAgain(judged, scenario);
  const loaded = { file: null, folder: scenarioFolder, input, scenario: parsed };
  const of = { loaded, storageIndex, workloads };
  if (!canRunAgain && existsSync(join(traceFolder, 'manifest.json')))
    return judgeCallsOfTrace(traceFolder, means, { canRunAgain });
  if (needs === null) return '';
  onStep?.(`running the workload again: ${needs}`);
  if (!canRunAgain) {
    if (!runThere) return notMade(manifest);
    return judgeThere({ judged, folder }, means, (how, traceFolder) =>
      runThere({ ...of, ...how, traceFolder, signal }),
    );
  }
  const recorder = new CallsRecording(traceFolder, of);
  const again = await runAgain(
    {
      ...{ scenario, storageIndex, env, lanes, signal, recorder },
      logFile: recorder.logFile,
      workDir: space.newFolder(`contract-${space.nextNumber()}`),
    },
    judged,
  );
  if (!again) rmSync(traceFolder, { recursive: true, force: true });
  return again ?? '';
}

/** Of a trace without a disk it is known: where it needed another run, it is of that one. */
function notMade({ size_bytes }: Manifest): string {
  if (size_bytes === null) return '';
  return "a second run of the workload, without io_uring and standing still before its sync calls, would tell more: it was not made; one is made when the workload runs on the host, or in User-mode Linux with the host's files";
}

/** As `runAgain` of the contract engine, where the workload runs somewhere else. */
async function judgeThere(
  { judged, folder }: { judged: JudgedLog; folder: string },
  means: JudgingMeans,
  run: (how: SecondRun, traceFolder: string) => Promise<string | null>,
): Promise<JudgedLog | string> {
  const withoutQueues = usesQueues(judged.calls);
  const kept = join(folder, againFolder);
  const next = join(folder, `${againFolder}.next`);
  const runAndJudge = async (looked: boolean): Promise<JudgedLog | string> => {
    const lack = await run({ withoutQueues, looked }, next);
    if (lack !== null) return `the second run of the workload could not be used: ${lack}`;
    const problem = workloadProblem(readManifest(next));
    if (problem !== null) return `the second run of the workload could not be used: ${problem}`;
    rmSync(kept, { recursive: true, force: true });
    renameSync(next, kept);
    return judgeCallsOfTrace(kept, means, { canRunAgain: false });
  };
  try {
    const plain = withoutQueues ? await runAndJudge(false) : judged;
    if (typeof plain === 'string' || !wantsLooks(plain, readManifest(folder).scenario)) return plain;
    const looked = await runAndJudge(true);
    if (typeof looked === 'object') return looked;
    return plain === judged ? looked : { ...plain, notes: [...plain.notes, looked] };
  } finally {
    rmSync(next, { recursive: true, force: true });
  }
}

function notJudged(reason: string): JudgedLog {
  return {
    outcome: 'unknown',
    findings: [],
    notes: [`unknown: ${reason}`],
    coverage: nothingCovered('contract'),
    timing_ms: {},
    acks: [],
    explanations: [],
    protocols: [],
    history: null,
    told: null,
    followed: false,
    undecided: [null],
    promiseDoubts: [],
    calls: [],
    sourceFiles: new Map(),
    breaches: new Map(),
  };
}

async function noLines(): Promise<SourceLines> {
  return noSourceLines;
}

/** Runs the workload once more, in a plain directory below `workDir`, for the source lines of a run's calls. */
export async function locateCalls(options: {
  history: History;
  scenario: Scenario;
  storageIndex: number;
  env: NodeJS.ProcessEnv;
  workDir: string;
  /** What is left of the time that the user set. */
  timeMs?: number | undefined;
  signal?: AbortSignal | undefined;
}): Promise<SourceLines> {
  const { workDir } = options;
  const server = await AckServer.listen(join(workDir, 'ack.sock'));
  try {
    return await locateAgain({
      ...options,
      rootPath: join(workDir, 'root'),
      env: { ...options.env, PLUGPULL_ACK: server.path },
    });
  } finally {
    server.close();
  }
}

/** Both engines must have seen the same acks, or they judge different promises. */
function compareAcks(judged: JudgedLog, trace: Observations): JudgedLog {
  // Without a disk nobody stamped any.
  if (trace.manifest.size_bytes === null) return judged;
  const seen = judged.acks.map(({ text }) => text);
  const stamped = new Set(trace.acks.map(({ text }) => text));
  if (seen.length === trace.acks.length && seen.every((text) => stamped.has(text))) {
    // Which snapshot is of which ack is told by their order alone.
    const isInOrder = seen.every((text, nth) => trace.acks[nth]!.text === text);
    return isInOrder ? judged : { ...judged, history: null };
  }
  return {
    ...judged,
    history: null,
    followed: false,
    outcome: judged.outcome === 'pass' ? 'unknown' : judged.outcome,
    notes: [
      ...judged.notes,
      `unknown: the system calls show ${seen.length} acks, the recording ${trace.acks.length}`,
    ],
  };
}
