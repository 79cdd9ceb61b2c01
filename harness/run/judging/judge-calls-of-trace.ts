import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { programEnvironment } from '../../capture/environment.js';
import { anyStorage } from '../../contract/any-storage.js';
import { needsAgain, runAgain } from '../../contract/engine.js';
import { type JudgedLog, judgeLog } from '../../contract/judge-log.js';
import { locateAgain } from '../../contract/sources/locate-again.js';
import { noSourceLines, type SourceLines } from '../../contract/sources/source-lines.js';
import { AckServer } from '../../contract/tracing/ack-server.js';
import type { History } from '../../model/history.js';
import { sightingsOf } from '../../promise/sightings.js';
import { snapshotTree } from '../../promise/snapshot-tree.js';
import type { Scenario } from '../../scenario/schema/scenario.js';
import { againFolder, callsFile } from '../../trace/manifest.js';
import { type Observations, openObservations } from '../../trace/observations.js';
import { nothingCovered } from '../../verdict/results.js';
import { storageLabel } from '../planning/storage-label.js';
import { CallsRecording } from '../recording/record-calls.js';
import { workloadProblem } from '../recording/workload-problem.js';
import type { RunMeans } from '../run-means.js';

/** What judging works with: checkers at once, in folders of the run's own. */
export type JudgingMeans = Pick<RunMeans, 'space' | 'lanes' | 'signal' | 'onStep'>;

/**
 * The contract's judgement of a run whose system calls were traced, on a recorded disk or without one.
 * @param options `canRunAgain`: whether the workload can be run here once more, for the source lines of its calls
 */
export async function judgeCallsOfTrace(
  traceFolder: string,
  { space, lanes, signal, onStep }: JudgingMeans,
  { canRunAgain, timeMs }: { canRunAgain: boolean; timeMs?: number | null | undefined },
): Promise<JudgedLog> {
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
    const again = await judgeAgain({ judged, trace, env }, { space, lanes, signal, onStep }, { canRunAgain });
    // What the storage did is held against the calls of the recorded run.
    const { history, calls: recorded } = judged;
    if (again) return compareAcks({ ...again, history, calls: recorded }, trace);
    return compareAcks(judged, trace);
  } finally {
    trace.close();
  }
}

/**
 * What only another run tells: what the program does without io_uring and io_submit, and what files that it maps hold before its calls.
 * That run is kept beside the recorded one, for whoever judges that again. null: there is none.
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
  { canRunAgain }: { canRunAgain: boolean },
): Promise<JudgedLog | null> {
  const { space, lanes, signal, onStep } = means;
  const traceFolder = join(folder, againFolder);
  if (!canRunAgain) {
    if (!existsSync(join(traceFolder, 'manifest.json'))) return null;
    return judgeCallsOfTrace(traceFolder, means, { canRunAgain });
  }
  const { scenario, storage: storageIndex, workloads, scenario_folder: scenarioFolder } = manifest;
  const { input, ...parsed } = scenario;
  const needs = needsAgain(judged, scenario);
  if (needs === null) return null;
  onStep?.(`running the workload again: ${needs}`);
  const loaded = { file: null, folder: scenarioFolder, input, scenario: parsed };
  const recorder = new CallsRecording(traceFolder, { loaded, storageIndex, workloads });
  const again = await runAgain(
    {
      ...{ scenario, storageIndex, env, lanes, signal, recorder },
      logFile: recorder.logFile,
      workDir: space.newFolder(`contract-${space.nextNumber()}`),
    },
    judged,
  );
  if (!again) rmSync(traceFolder, { recursive: true, force: true });
  return again;
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
  if (seen.length === trace.acks.length && seen.every((text) => stamped.has(text))) return judged;
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
