import { join } from 'node:path';
import { programEnvironment } from '../capture/environment.js';
import { AckServer } from '../contract/ack-server.js';
import { type JudgedLog, judgeLog } from '../contract/judge-log.js';
import { locateAgain } from '../contract/locate-again.js';
import { noSourceLines, type SourceLines } from '../contract/source-lines.js';
import type { History } from '../model/history.js';
import type { RunSpace } from '../state/run-space.js';
import { callsFile } from '../trace/manifest.js';
import { openTrace, type Trace } from '../trace/trace.js';
import { workloadProblem } from './judge-trace.js';
import { snapshotTree } from './snapshot-tree.js';
import { storageLabel } from './storage-label.js';

export interface JudgeCallsOfTraceOptions {
  traceFolder: string;
  space: RunSpace;
  /** Whether the workload can be run here once more, for the source lines of its calls. */
  canRunAgain: boolean;
  signal?: AbortSignal | undefined;
  onStep?: ((step: string) => void) | undefined;
}

/** The contract's judgement of a recorded run; null when its system calls were not traced. */
export async function judgeCallsOfTrace(options: JudgeCallsOfTraceOptions): Promise<JudgedLog | null> {
  const { traceFolder, space, signal, onStep } = options;
  const trace = openTrace(traceFolder);
  try {
    const { calls, scenario, storage, workloads, scenario_folder } = trace.manifest;
    const [first, ...later] = trace.snapshots;
    const last = later.at(-1);
    if (!calls || !first || !last?.final) return null;
    onStep?.('judging system calls');
    const workDir = space.newFolder(`contract-${space.nextNumber()}`);
    const env = {
      ...process.env,
      ...programEnvironment(workloads, scenario_folder),
      ...space.environment,
      ...scenario.workload.env,
    };
    const problem = workloadProblem(trace.manifest);
    const judged = await judgeLog({
      scenario,
      logFile: join(traceFolder, callsFile),
      rootPath: calls.root,
      initial: snapshotTree(trace, first),
      final: snapshotTree(trace, last),
      socket: calls.ack_socket,
      env,
      workDir,
      storage: storageLabel(scenario.storage[storage]!),
      reproduce: '',
      doubts: problem === null ? [] : [problem],
      locate: (history) =>
        options.canRunAgain ? locate({ history, trace, env, workDir, signal }) : noLines(),
      signal,
    });
    return compareAcks(judged, trace);
  } finally {
    trace.close();
  }
}

async function noLines(): Promise<SourceLines> {
  return noSourceLines;
}

async function locate(options: {
  history: History;
  trace: Trace;
  env: NodeJS.ProcessEnv;
  workDir: string;
  signal: AbortSignal | undefined;
}): Promise<SourceLines> {
  const { trace, workDir } = options;
  const server = await AckServer.listen(join(workDir, 'ack.sock'));
  try {
    return await locateAgain({
      ...options,
      scenario: trace.manifest.scenario,
      rootPath: join(workDir, 'root'),
      env: { ...options.env, PLUGPULL_ACK: server.path },
    });
  } finally {
    server.close();
  }
}

/** Both engines must have seen the same acks, or they judge different promises. */
function compareAcks(judged: JudgedLog, trace: Trace): JudgedLog {
  const seen = judged.acks.map(({ text }) => text);
  const stamped = trace.acks.map(({ text }) => text);
  if (seen.length === stamped.length && seen.every((text) => stamped.includes(text))) return judged;
  return {
    ...judged,
    history: null,
    outcome: judged.outcome === 'pass' ? 'unknown' : judged.outcome,
    notes: [
      ...judged.notes,
      `unknown: the system calls show ${seen.length} acks, the recording ${stamped.length}`,
    ],
  };
}
