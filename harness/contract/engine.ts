import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { readDirectoryTree } from '../model/directory-tree.js';
import { persistenceModel } from '../model/model-catalogue.js';
import type { Scenario } from '../scenario/schema/scenario.js';
import type { InjectedError } from '../syscalls/strace-command.js';
import { ownUser } from '../trace/attributes.js';
import { lastWords } from '../trace/last-words.js';
import { anyStorage } from './any-storage.js';
import { queuesRefused, usesQueues } from './doubts/asynchronous-queues.js';
import { type ContractProgress, type JudgedLog, judgeLog } from './judge-log.js';
import { wantsLooks } from './looked-at.js';
import { locateAgain } from './sources/locate-again.js';
import { AckServer } from './tracing/ack-server.js';
import { ackSocketPath } from './tracing/ack-socket-path.js';
import { Looker } from './tracing/looker.js';
import { type RunRecorder, rootIn, traceWorkload } from './tracing/trace-workload.js';

export interface ContractOptions {
  scenario: Scenario;
  /** Which of the scenario's storages has the faults that system calls are made to fail with. */
  storageIndex?: number;
  recorder?: RunRecorder | undefined;
  /** Checkers at once; one a core by default. */
  lanes?: number | undefined;
  /** An existing folder for the run's files. */
  workDir: string;
  /** Where the system-call log goes; into `workDir` by default. */
  logFile?: string;
  /** The workload's environment; PLUGPULL_ACK is added. */
  env: NodeJS.ProcessEnv;
  signal?: AbortSignal | undefined;
  onProgress?: ((progress: ContractProgress) => void) | undefined;
  /** The command that shows the findings again. */
  reproduce?: string;
}

export interface ContractResult extends JudgedLog {
  /** The system-call log, for a closer look. */
  logFile: string;
}

/**
 * Runs a scenario's workload under strace in a fresh directory and judges its promises from the system calls alone.
 *
 * Assumes: strace works here (ptrace is allowed), and nothing but the workload changes the directory. Guarantees: no
 * root, no disk, no change to the program; what cannot be followed, a replay that does not end in the tree really
 * left, a workload that fails or times out, and a checker that cannot answer make the outcome `unknown`, with a note.
 */
export async function runContract(options: ContractOptions): Promise<ContractResult> {
  const judged = await runOnce(options);
  if (needsAgain(judged, options.scenario) === null) return judged;
  return (await runAgain(options, judged)) ?? runOnce(options);
}

/** What a run leaves open that another one can tell; null: nothing. */
export function needsAgain(judged: JudgedLog, scenario: Scenario): 'without queues' | 'looked at' | null {
  if (usesQueues(judged.calls)) return 'without queues';
  return wantsLooks(judged, scenario) ? 'looked at' : null;
}

/**
 * The same run again, so that more can be told. With io_uring and io_setup refused most programs fall back to system calls, which can be
 * judged. And where stores through mappings leave something open the program stands still before each call that makes
 * something durable or tells something, and somebody looks at what it has mapped. One that does both has both done to it.
 *
 * @returns null: that is not possible here, or this program does not do its work so
 */
export async function runAgain(options: ContractOptions, judged: JudgedLog): Promise<ContractResult | null> {
  if (!usesQueues(judged.calls)) return runLookedAt(options, []);
  const refused = [queuesRefused];
  const without = await runOnce(options, { refused });
  if (!without.ended) return null;
  if (!wantsLooks(without, options.scenario)) return without;
  return (await runLookedAt(options, refused)) ?? runOnce(options, { refused });
}

async function runLookedAt(
  options: ContractOptions,
  refused: readonly InjectedError[],
): Promise<ContractResult | null> {
  const looker = new Looker(rootIn(options.workDir));
  try {
    const judged = await runOnce(options, { refused, looker });
    return judged.ended && looker.lack === null ? judged : null;
  } finally {
    looker.close();
  }
}

async function runOnce(
  options: ContractOptions,
  { refused = [], looker }: { refused?: readonly InjectedError[]; looker?: Looker } = {},
): Promise<ContractResult & { ended: boolean }> {
  const { scenario, signal, recorder, storageIndex = 0 } = options;
  for (const name of scenario.models) persistenceModel(name);
  const timing: Record<string, number> = {};
  const workDir = realpathSync(options.workDir);
  const rootPath = rootIn(workDir);
  const logFile = options.logFile ?? join(workDir, 'contract-strace.log');
  const socket = ackSocketPath(workDir);
  const server = await AckServer.listen(socket.path);
  const env = { ...options.env, ...scenario.workload.env, PLUGPULL_ACK: socket.path };
  try {
    const { run, initial } = await traceWorkload(
      {
        ...{ scenario, storageIndex, workDir, logFile, env, recorder, refused, looker, signal },
        socket: socket.path,
        onPhase: (phase) => options.onProgress?.({ phase }),
      },
      timing,
    );
    const doubts = runDoubts(scenario, run);
    const judged = await judgeLog({
      ...options,
      storageIndex,
      logFile,
      rootPath,
      initial,
      final: readDirectoryTree(rootPath),
      looks: looker?.looks,
      umask: process.umask(),
      user: ownUser(),
      socket: socket.path,
      env,
      workDir,
      storage: anyStorage,
      reproduce: options.reproduce ?? '',
      doubts,
      locate: (history, timeMs) =>
        locateAgain({ ...options, storageIndex, history, env, workDir, rootPath, timeMs }),
    });
    const timing_ms = { ...timing, ...judged.timing_ms };
    return { ...judged, timing_ms, logFile, ended: doubts.length === 0 };
  } finally {
    server.close();
    socket.dispose();
  }
}

function runDoubts(
  scenario: Scenario,
  run: { exitCode: number | null; timedOut: boolean; stderr: string },
): string[] {
  if (run.timedOut) return [`the workload did not end within ${scenario.workload.timeout} ms`];
  if (run.exitCode !== null && scenario.workload.exit_codes.includes(run.exitCode)) return [];
  if (/PTRACE_TRACEME|ptrace|Operation not permitted/.test(run.stderr) && /strace/.test(run.stderr)) {
    return [`strace may not trace here: ${run.stderr.trim().split('\n')[0]}`];
  }
  const ended = run.exitCode === null ? 'a signal' : `exit code ${run.exitCode}`;
  const said = lastWords(run.stderr);
  return [`the workload ended with ${ended}${said.length > 0 ? `: ${said.join(' | ')}` : ''}`];
}
