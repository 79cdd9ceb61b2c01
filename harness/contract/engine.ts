import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DirectoryTree, readDirectoryTree } from '../model/directory-tree.js';
import { noSyncChanges } from '../model/durability.js';
import type { Ack, History } from '../model/history.js';
import { persistenceModel } from '../model/model-catalogue.js';
import type { PersistenceModel } from '../model/persistence-model.js';
import type { Scenario } from '../scenario/schema.js';
import type { InjectedError } from '../syscalls/strace-command.js';
import { readTraceLog } from '../syscalls/trace-log.js';
import { UsageError } from '../verdict/errors.js';
import type { Finding } from '../verdict/finding.js';
import { type Outcome, worst } from '../verdict/outcome.js';
import type { Coverage } from '../verdict/results.js';
import { AckServer } from './ack-server.js';
import { type CheckStatesResult, checkStates } from './check-states.js';
import { type JudgeCallsOptions, judgeCalls, judgeHistory, type ModelExplanation } from './judge-calls.js';
import { locateSources } from './locate-sources.js';
import { promisesOf } from './promise.js';
import { addedSyncs, repairWords } from './repair.js';
import { noSourceLines, type SourceLines } from './source-lines.js';
import { runTraced } from './traced-run.js';
import { Wording } from './wording.js';

export interface ContractOptions {
  scenario: Scenario;
  /** An existing folder for the run's files. */
  workDir: string;
  /** The workload's environment; PLUGPULL_ACK is added. */
  env: NodeJS.ProcessEnv;
  signal?: AbortSignal | undefined;
  onProgress?: ((progress: ContractProgress) => void) | undefined;
  /** The command that shows the findings again. */
  reproduce?: string;
}

export interface ContractProgress {
  phase: 'setup' | 'trace' | 'judge' | 'check' | 'locate';
  /** Crash directories checked, in phase `check`. */
  states?: number;
}

export interface ContractResult {
  outcome: Outcome;
  findings: Finding[];
  /** Why the outcome is not a pass, and what a reader has to know besides. */
  notes: string[];
  coverage: Coverage;
  timing_ms: Record<string, number>;
  acks: Ack[];
  /** One for each model of the scenario: the protocol, the repair, the sync calls that could go. */
  explanations: ModelExplanation[];
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
  const { scenario, signal } = options;
  const models = scenario.models.map((name) => persistenceModel(name));
  const timing: Record<string, number> = {};
  const workDir = realpathSync(options.workDir);
  const rootPath = join(workDir, 'contract-root');
  const logFile = join(workDir, 'contract-strace.log');
  const socket = socketPath(workDir);
  const server = await AckServer.listen(socket.path);
  const env = { ...options.env, ...scenario.workload.env, PLUGPULL_ACK: socket.path };
  try {
    options.onProgress?.({ phase: 'setup' });
    const initial = await timed(timing, 'setup', () => prepare(rootPath, scenario, env, signal));
    options.onProgress?.({ phase: 'trace' });
    const run = await timed(timing, 'trace', () =>
      runTraced({
        command: scenario.workload.run,
        directory: rootPath,
        env,
        timeoutMs: scenario.workload.timeout,
        trace: { logFile, inject: injectedErrors(scenario) },
        signal,
      }),
    );
    options.onProgress?.({ phase: 'judge' });
    const judging = performance.now();
    const log = readTraceLog(logFile);
    const judgeOptions: JudgeCallsOptions = {
      rootPath,
      initial,
      final: readDirectoryTree(rootPath),
      acks: {
        stdout: scenario.ack.stdout === undefined ? null : new RegExp(scenario.ack.stdout),
        socket: socket.path,
      },
      promises: promisesOf(scenario),
      models: scenario.models,
      hasChecker: scenario.checker !== undefined,
      log,
      storage: 'any',
      reproduce: options.reproduce ?? '',
    };
    let judgement = judgeCalls(log.calls, judgeOptions);
    timing.judge = Math.round(performance.now() - judging);
    const { history } = judgement;
    const checked: (CheckStatesResult & { model: PersistenceModel; mended: boolean })[] = [];
    if (scenario.checker) {
      const { checker, explore } = scenario;
      const onStates = (states: number): void => options.onProgress?.({ phase: 'check', states });
      await timed(timing, 'check', async () => {
        for (const model of models) {
          const lanes = 2;
          const states = {
            history,
            model,
            checker,
            explore,
            env,
            workDir,
            lanes,
            signal,
            onProgress: onStates,
          };
          const found = await checkStates(states);
          const added = addedSyncs(history, found.breaches);
          const mended =
            added.length > 0 ? await checkStates({ ...states, changes: { ...noSyncChanges, added } }) : null;
          checked.push({ ...found, model, mended: mended !== null && mended.breaches.length === 0 });
        }
      });
    }
    let sources: SourceLines = noSourceLines;
    if (
      judgement.findings.length > 0 ||
      checked.some(({ breaches }) => breaches.some(({ effects }) => effects.length > 0))
    ) {
      options.onProgress?.({ phase: 'locate' });
      const again = (): Promise<DirectoryTree> => prepare(rootPath, scenario, env, signal);
      sources = await timed(timing, 'locate', async () => {
        await again();
        const inject = injectedErrors(scenario);
        return locateSources({
          history,
          scenario,
          rootPath,
          prepareAgain: again,
          env,
          workDir,
          inject,
          signal,
        });
      });
      judgement = judgeHistory(history, { ...judgeOptions, sources });
    }
    const findings = [...judgement.findings];
    const notes = [...runNotes(scenario, run), ...judgement.notes];
    const outcomes: Outcome[] = [judgement.outcome];
    for (const { model, breaches, unknown, coverage, mended } of checked) {
      const wording = new Wording(history, model, sources);
      const additions = repairWords(history, breaches, wording);
      const explanation = judgement.explanations.find((each) => each.model === model.name);
      if (explanation && breaches.length > 0) {
        const known = explanation.repair ?? { additions: [], verified: true };
        explanation.outcome = 'violation';
        explanation.repair = {
          additions: [...known.additions, ...additions],
          verified: known.verified && mended,
        };
      }
      if (!coverage.exhaustive) {
        notes.push(
          `${model.name}: ${coverage.states} allowed states were checked; there are more (explore.budget)`,
        );
      }
      for (const finding of wording.findings(breaches)) {
        findings.push({
          id: `C${findings.length + 1}`,
          ...finding,
          storage: 'any',
          reproduce: options.reproduce ?? '',
        });
      }
      notes.push(...unknown.map((reason) => `unknown: ${reason}`), ...inexactDirectories(history));
      if (breaches.length > 0) outcomes.push('violation');
    }
    if (notes.some((note) => note.startsWith('unknown'))) outcomes.push('unknown');
    return {
      outcome: worst(outcomes),
      findings,
      notes: [...new Set(notes)],
      coverage: checked[0]?.coverage ?? analyticCoverage(judgement.acks.length),
      timing_ms: timing,
      acks: judgement.acks,
      explanations: judgement.explanations,
      logFile,
    };
  } finally {
    server.close();
    socket.dispose();
  }
}

async function prepare(
  rootPath: string,
  scenario: Scenario,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal | undefined,
): Promise<DirectoryTree> {
  rmSync(rootPath, { recursive: true, force: true });
  mkdirSync(rootPath);
  if (scenario.workload.setup !== undefined) {
    const { setup: command, timeout: timeoutMs } = scenario.workload;
    const setup = await runTraced({ command, directory: rootPath, env, timeoutMs, trace: null, signal });
    if (setup.exitCode !== 0) {
      throw new UsageError(
        `workload.setup: expected exit code 0, got ${setup.timedOut ? 'a timeout' : setup.exitCode}: ${setup.stderr.trim()}`,
      );
    }
  }
  return readDirectoryTree(rootPath);
}

function runNotes(
  scenario: Scenario,
  run: { exitCode: number | null; timedOut: boolean; stderr: string },
): string[] {
  if (run.timedOut) return [`unknown: the workload did not end within ${scenario.workload.timeout} ms`];
  if (run.exitCode !== null && scenario.workload.exit_codes.includes(run.exitCode)) return [];
  if (/PTRACE_TRACEME|ptrace|Operation not permitted/.test(run.stderr) && /strace/.test(run.stderr)) {
    return [`unknown: strace may not trace here: ${run.stderr.trim().split('\n')[0]}`];
  }
  const ended = run.exitCode === null ? 'a signal' : `exit code ${run.exitCode}`;
  const last = run.stderr.trim().split('\n').at(-1) ?? '';
  return [`unknown: the workload ended with ${ended}${last ? `: ${last}` : ''}`];
}

/** Files whose bytes are not known make crash directories that are not right either. */
function inexactDirectories(history: History): string[] {
  const reasons = new Set<string>();
  for (const { opaque } of history.inodes) if (opaque) reasons.add(opaque.reason);
  for (const { reason } of history.doubts) reasons.add(reason);
  return [...reasons].map((reason) => `unknown: crash directories are not exact: ${reason}`);
}

/**
 * The disk's faults as a program sees them: a flush or a write that fails makes the sync call that waits for it fail.
 * Without a disk the n-th failing operation stands for the n-th sync call.
 */
function injectedErrors(scenario: Scenario): InjectedError[] {
  return scenario.storage[0]!.disk.faults.filter(({ operation }) => operation !== 'read').map(
    ({ n, count, error }) => ({ calls: ['fsync', 'fdatasync', 'syncfs'], errno: error, first: n, count }),
  );
}

function analyticCoverage(acks: number): Coverage {
  return {
    engine: 'contract',
    crash_points: acks,
    pending_writes: 0,
    states: '0',
    recoveries: 0,
    exhaustive: true,
    audit: { sampled: 0, mismatched: 0 },
  };
}

/** A unix socket's path has room for 107 bytes (unix(7)). */
function socketPath(workDir: string): { path: string; dispose: () => void } {
  const path = join(workDir, 'contract-ack.sock');
  if (Buffer.byteLength(path) < 100) return { path, dispose: () => {} };
  const directory = mkdtempSync(join(tmpdir(), 'plugpull-ack-'));
  return {
    path: join(directory, 'ack.sock'),
    dispose: () => rmSync(directory, { recursive: true, force: true }),
  };
}

async function timed<T>(timing: Record<string, number>, name: string, work: () => Promise<T>): Promise<T> {
  const started = performance.now();
  try {
    return await work();
  } finally {
    timing[name] = Math.round(performance.now() - started);
  }
}
