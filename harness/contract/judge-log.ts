import type { DirectoryTree } from '../model/directory-tree.js';
import { noSyncChanges } from '../model/durability.js';
import type { Ack, History } from '../model/history.js';
import { persistenceModel } from '../model/model-catalogue.js';
import type { PersistenceModel } from '../model/persistence-model.js';
import type { Scenario } from '../scenario/schema.js';
import type { Call } from '../syscalls/call.js';
import { readTraceLog } from '../syscalls/trace-log.js';
import type { Finding } from '../verdict/finding.js';
import { type Outcome, worst } from '../verdict/outcome.js';
import type { Protocol } from '../verdict/protocol.js';
import type { Coverage } from '../verdict/results.js';
import { type CheckStatesResult, checkStates } from './check-states.js';
import { type JudgeCallsOptions, judgeCalls, judgeHistory, type ModelExplanation } from './judge-calls.js';
import { promisesOf } from './promise.js';
import { protocolOf } from './protocol.js';
import { addedSyncs, repairWords } from './repair.js';
import { noSourceLines, type SourceLines } from './source-lines.js';
import { timed } from './timed.js';
import { Wording } from './wording.js';

export interface JudgeLogOptions {
  scenario: Scenario;
  /** What strace wrote while the workload ran. */
  logFile: string;
  /** The workload's directory, as the log names it. */
  rootPath: string;
  initial: DirectoryTree;
  final: DirectoryTree | null;
  /** The mask the workload was started with; undefined when that is not known. */
  umask: number | undefined;
  /** The ack socket, as the log names it. */
  socket: string | null;
  /** The checker's environment. */
  env: NodeJS.ProcessEnv;
  /** An existing folder for crash directories. */
  workDir: string;
  /** Where the findings were made. */
  storage: string;
  reproduce: string;
  /** Why the run was not the one that was meant; each makes the outcome `unknown`. */
  doubts: readonly string[];
  /** Finds the source lines of calls, once there is something to explain. */
  locate: (history: History) => Promise<SourceLines>;
  signal?: AbortSignal | undefined;
  onProgress?: ((progress: ContractProgress) => void) | undefined;
}

export interface ContractProgress {
  phase: 'setup' | 'trace' | 'judge' | 'check' | 'locate';
  /** Crash directories checked, in phase `check`. */
  states?: number;
}

export interface JudgedLog {
  outcome: Outcome;
  findings: Finding[];
  /** Why the outcome is not a pass, and what a reader has to know besides. */
  notes: string[];
  coverage: Coverage;
  timing_ms: Record<string, number>;
  acks: Ack[];
  /** One for each model of the scenario. */
  explanations: ModelExplanation[];
  protocols: Protocol[];
  /** What the calls did; null where they could not be followed. */
  history: History | null;
  /** All calls of the log. */
  calls: readonly Call[];
  /** Where the source files that findings name are: by their short name. */
  sourceFiles: ReadonlyMap<string, string>;
}

/**
 * Judges a scenario's promises from the system-call log of one run, wherever that run was made.
 *
 * What cannot be followed, a replay that does not end in the tree really left, and a checker that cannot answer make
 * the outcome `unknown`, with a note.
 */
export async function judgeLog(options: JudgeLogOptions): Promise<JudgedLog> {
  const { scenario, env, workDir, signal } = options;
  const models = scenario.models.map((name) => persistenceModel(name));
  const timing: Record<string, number> = {};
  options.onProgress?.({ phase: 'judge' });
  const judging = performance.now();
  const log = readTraceLog(options.logFile);
  const judgeOptions: JudgeCallsOptions = {
    rootPath: options.rootPath,
    initial: options.initial,
    final: options.final,
    umask: options.umask,
    acks: {
      stdout: scenario.ack.stdout === undefined ? null : new RegExp(scenario.ack.stdout),
      socket: options.socket,
    },
    promises: promisesOf(scenario),
    models: scenario.models,
    hasChecker: scenario.checker !== undefined,
    log,
    storage: options.storage,
    reproduce: options.reproduce,
  };
  let judgement = judgeCalls(log.calls, { ...judgeOptions, draft: true });
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
    sources = await timed(timing, 'locate', () => options.locate(history));
    judgement = judgeHistory(history, { ...judgeOptions, sources });
  }
  const findings = [...judgement.findings];
  const notes = [...options.doubts.map((doubt) => `unknown: ${doubt}`), ...judgement.notes];
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
        storage: options.storage,
        reproduce: options.reproduce,
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
    protocols: judgement.explanations.map((explanation) => protocolOf(explanation, findings)),
    history: judgement.followed ? history : null,
    calls: log.calls,
    sourceFiles: sources.files,
  };
}

/** Files whose bytes are not known make crash directories that are not right either. */
function inexactDirectories(history: History): string[] {
  const reasons = new Set<string>();
  for (const { opaque } of history.inodes) if (opaque) reasons.add(opaque.reason);
  for (const { reason } of history.doubts) reasons.add(reason);
  return [...reasons].map((reason) => `unknown: crash directories are not exact: ${reason}`);
}

function analyticCoverage(acks: number): Coverage {
  return {
    engine: 'contract',
    crash_points: acks,
    pending_writes: 0,
    states: '0',
    recoveries: 0,
    scope: 'every state that the model allows, by analysis',
    exhaustive: true,
    systematic: true,
    unseen: [],
    audit: { sampled: 0, mismatched: 0 },
  };
}
