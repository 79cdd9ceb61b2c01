import { availableParallelism } from 'node:os';
import { endStateRefusal } from '../judge/checker-verdict.js';
import type { DirectoryTree } from '../model/directory-tree.js';
import type { Ack, History } from '../model/history.js';
import { pathOf } from '../model/inode.js';
import { modelOnDisk } from '../model/model-catalogue.js';
import { OutputBytes } from '../model/output-bytes.js';
import type { PersistenceModel } from '../model/persistence-model.js';
import { sightedCalls } from '../model/sighted-calls.js';
import type { Sightings } from '../model/stores.js';
import { isIgnored } from '../promise/globs.js';
import { linkMoments } from '../promise/link-moments.js';
import { promisedNames, seenThings } from '../promise/promised-names.js';
import { promisesOf } from '../promise/promises.js';
import type { Scenario } from '../scenario/schema/scenario.js';
import { checkerOfMany } from '../server/programs.js';
import { displayPath } from '../syscalls/byte-path.js';
import type { Call } from '../syscalls/call.js';
import { readTraceLog } from '../syscalls/trace-log.js';
import type { Owner } from '../trace/attributes.js';
import type { Look } from '../trace/look.js';
import { saidPatterns } from '../trace/said.js';
import type { Finding } from '../verdict/finding.js';
import { type Outcome, worst } from '../verdict/outcome.js';
import type { Protocol, ProtocolRepair } from '../verdict/protocol.js';
import { type Coverage, nothingCovered } from '../verdict/results.js';
import { type CheckedStates, checkEndState, checkStates } from './checker/check-states.js';
import { Deadlines } from './checker/deadlines.js';
import { StateAnswers } from './checker/state-answers.js';
import { queuesNote } from './doubts/asynchronous-queues.js';
import { disksDoubts } from './doubts/disks-doubts.js';
import { promiseDoubts } from './doubts/promise-doubts.js';
import {
  explainJudged,
  type JudgeCallsOptions,
  type ModelBreach,
  type ModelExplanation,
  replayLog,
} from './judge-calls.js';
import { judgeModels } from './judge-models.js';
import { lookedNote, storedOver } from './looked-words.js';
import { protocolOf } from './protocol.js';
import { noSourceLines, type SourceLines } from './sources/source-lines.js';
import { timed } from './tracing/timed.js';
import { Wording } from './words/wording.js';

export interface JudgeLogOptions {
  scenario: Scenario;
  /** Which of its storages the run was made on, or stands for. */
  storageIndex: number;
  /** What strace wrote while the workload ran. */
  logFile: string;
  /** The workload's directory, as the log names it. */
  rootPath: string;
  initial: DirectoryTree;
  final: DirectoryTree | null;
  /** What it held at acks, where that was seen. */
  seenAtAck?: Sightings['atAck'];
  /** What mapped files held before calls, where that was looked at. */
  looks?: readonly Look[] | undefined;
  /** The mask the workload was started with; undefined when that is not known. */
  umask: number | undefined;
  /** Whom it was started as; undefined when that is not known. */
  user: Owner | undefined;
  /** The ack socket, as the log names it. */
  socket: string | null;
  /** The checker's environment. */
  env: NodeJS.ProcessEnv;
  /** An existing folder for crash directories. */
  workDir: string;
  /** Checkers at once; one a core by default. */
  lanes?: number | undefined;
  /** Where the findings were made. */
  storage: string;
  reproduce: string;
  /** Why the run was not the one that was meant; each makes the outcome `unknown`. */
  doubts: readonly string[];
  /** Finds the source lines of calls, once there is something to explain. */
  locate: (history: History, timeMs: number) => Promise<SourceLines>;
  /** What the user's time leaves for it; null: as long as it takes. By default what the scenario says. */
  timeMs?: number | null | undefined;
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
  /** The log was understood as a whole, of the run that was meant. */
  followed: boolean;
  /** Paths for which the calls do not tell whether a promise is kept; null: all of them. */
  undecided: (string | null)[];
  /** Why the promises say less than they seem, for whichever engine judges them. */
  promiseDoubts: readonly string[];
  /** What the calls did; null where they could not be followed. */
  history: History | null;
  /** What findings and breaches speak of: of another run where that one was judged in its stead. */
  told: History | null;
  /** All calls of the log. */
  calls: readonly Call[];
  /** Where the source files that findings name are: by their short name. */
  sourceFiles: ReadonlyMap<string, string>;
  /** What each finding tells, by its id. */
  breaches: ReadonlyMap<string, ModelBreach>;
}

/**
 * Judges a scenario's promises from the system-call log of one run, wherever that run was made.
 *
 * What cannot be followed, a replay that does not end in the tree really left, and a checker that cannot answer make
 * the outcome `unknown`, with a note.
 */
export async function judgeLog(options: JudgeLogOptions): Promise<JudgedLog> {
  const { scenario } = options;
  const atomicUnitBytes = scenario.storage[options.storageIndex]!.disk.atomic_unit;
  const models = scenario.models.map((name) => modelOnDisk(name, atomicUnitBytes));
  const timing: Record<string, number> = {};
  const { timeMs = scenario.explore.budget.time ?? null } = options;
  const deadlines = new Deadlines(timeMs);
  options.onProgress?.({ phase: 'judge' });
  const judging = performance.now();
  const said = saidPatterns(scenario);
  const output = new OutputBytes({ rootPath: options.rootPath, said, ackSocket: options.socket });
  const log = readTraceLog(options.logFile, output);
  const replayOptions: Omit<JudgeCallsOptions, 'promises'> = {
    rootPath: options.rootPath,
    initial: options.initial,
    final: options.final,
    seen: options.final
      ? {
          atAck: options.seenAtAck,
          beforeCalls: options.looks && sightedCalls(options.looks, log.calls),
          atEnd: (path) => options.final!.get(path)?.content ?? null,
        }
      : undefined,
    umask: options.umask,
    user: options.user,
    acks: { stdout: said, socket: options.socket },
    models: scenario.models,
    atomicUnitBytes,
    hasChecker: scenario.checker !== undefined,
    log,
    storage: options.storage,
    reproduce: options.reproduce,
    isOver: () => deadlines.isOver,
  };
  const history = replayLog(log.calls, replayOptions);
  const promised = promisedNames(
    promisesOf(scenario),
    [
      ...[options.initial, ...(options.final ? [options.final] : [])].map(seenThings),
      ...linkMoments(history, promisesOf(scenario)),
    ],
    options.rootPath,
  );
  const judgeOptions: JudgeCallsOptions = { ...replayOptions, promises: promised.promises };
  const judged = judgeModels(history, judgeOptions);
  timing.judge = Math.round(performance.now() - judging);
  const checked = scenario.checker
    ? await timed(timing, 'check', () => checkModels(history, models, deadlines, options))
    : noChecks;
  let sources: SourceLines = noSourceLines;
  if (
    judged.models.some(({ breaches }) => breaches.length > 0) ||
    checked.models.some(({ breaches }) => breaches.some(({ effects }) => effects.length > 0))
  ) {
    options.onProgress?.({ phase: 'locate' });
    sources = await timed(timing, 'locate', () => options.locate(history, deadlines.leftMs));
  }
  // Whoever heard of it while others worked would begin what nobody interrupts.
  options.signal?.throwIfAborted();
  const judgement = explainJudged(judged, { ...judgeOptions, sources });
  const isOneCourse = judgement.followed && !history.others;
  const findings = [...judgement.findings];
  const lesser = [
    ...promised.doubts,
    ...(scenario.nodes ? disksDoubts(log.calls) : []),
    ...promiseDoubts({ ...options, reached: promised.reached }, history, log.calls),
  ];
  const doubts = [...options.doubts, ...lesser];
  const byFinding = new Map(judgement.breaches);
  const notes = [...doubts.map((doubt) => `unknown: ${doubt}`), ...judgement.notes];
  const rings = queuesNote(log.calls);
  if (rings !== null) notes.push(rings);
  if (options.looks) notes.push(lookedNote);
  const outcomes: Outcome[] = [judgement.outcome];
  const undecided = [...judgement.undecided];
  if (checked.refused !== null) {
    notes.push(`unknown: ${checked.refused}`);
    undecided.push(null);
  }
  for (const { model, breaches, unknown, unexplained, coverage, repair } of checked.models) {
    const wording = new Wording(history, model, sources);
    const explanation = judgement.explanations.find((each) => each.model === model.name);
    if (explanation && repair) {
      explanation.outcome = 'violation';
      explanation.repair = explanation.repair ? bothRepairs(explanation.repair, repair) : repair;
    }
    if (!coverage.systematic) {
      notes.push(
        `unknown: by the ${model.name} model the search was too small for a pass: ${coverage.unseen.join('; ')}`,
      );
    }
    for (const { finding, breach } of wording.worded(breaches)) {
      const id = `C${findings.length + 1}`;
      byFinding.set(id, { model, breach });
      findings.push({
        id,
        ...finding,
        storage: options.storage,
        reproduce: options.reproduce,
      });
    }
    if (unexplained > 0) {
      notes.push(
        `${model.name}: ${unexplained} more crash directories are rejected for causes that are not listed (${deadlines.isOver ? 'explore.budget.time' : 'explore.max_findings'})`,
      );
    }
    notes.push(...unknown.map((reason) => `unknown: ${reason}`));
    if (unknown.length > 0) undecided.push(null);
    if (breaches.length > 0) outcomes.push('violation');
  }
  if (notes.some((note) => note.startsWith('unknown'))) outcomes.push('unknown');
  return {
    outcome: worst(outcomes),
    findings,
    notes: [...new Set(notes)],
    coverage: coverageWithLooks(
      scenario.checker
        ? mergedCoverage(checked.models.map(({ coverage }) => coverage))
        : analyticCoverage(judgement.acks.length, atomicUnitBytes),
      options.looks !== undefined,
    ),
    timing_ms: timing,
    acks: judgement.acks,
    explanations: judgement.explanations,
    protocols: judgement.explanations.map((explanation) => protocolOf(explanation, findings)),
    history: isOneCourse ? history : null,
    told: isOneCourse ? history : null,
    followed: judgement.followed && options.doubts.length === 0,
    undecided,
    promiseDoubts: lesser,
    calls: log.calls,
    sourceFiles: sources.files,
    breaches: byFinding,
  };
}

interface Checks {
  /** Why the checker cannot be asked at all; null when it can. */
  refused: string | null;
  models: (CheckedStates & { model: PersistenceModel })[];
}

const noChecks: Checks = { refused: null, models: [] };

/** Asks the checker about the undamaged end, and, if it accepts that, about what each model allows. */
async function checkModels(
  history: History,
  models: readonly PersistenceModel[],
  deadlines: Deadlines,
  options: JudgeLogOptions,
): Promise<Checks> {
  const { scenario, env, workDir, signal, lanes = availableParallelism() } = options;
  const { explore } = scenario;
  const answers = new StateAnswers({
    history,
    checker: checkerOfMany(scenario)!,
    env,
    workDir,
    lanes,
    signal,
    onAsked: (states) => options.onProgress?.({ phase: 'check', states }),
  });
  answers.until = deadlines.search;
  try {
    const ignored = scenario.promise?.ignore ?? [];
    const refused =
      endStateRefusal(await checkEndState(history, options.final, answers)) ??
      inexactDirectories(history, ignored);
    if (refused !== null) return { refused, models: [] };
    const checked: Checks['models'] = [];
    for (const model of models)
      checked.push({
        ...(await checkStates({ history, model, explore, answers, ignored, deadlines })),
        model,
      });
    return { refused: null, models: checked };
  } finally {
    answers.close();
  }
}

function bothRepairs(one: ProtocolRepair, other: ProtocolRepair): ProtocolRepair {
  const unrepaired = [...(one.unrepaired ?? []), ...(other.unrepaired ?? [])];
  return {
    additions: [...new Set([...one.additions, ...other.additions])],
    verified: one.verified && other.verified,
    ...(other.over === undefined ? {} : { over: other.over }),
    ...(unrepaired.length > 0 ? { unrepaired } : {}),
  };
}

/** What the searches by several models cover, in one; nothing when none was made. */
function mergedCoverage(all: readonly Coverage[]): Coverage {
  const [first] = all;
  if (!first) return nothingCovered('contract');
  return {
    ...first,
    crash_points: Math.max(...all.map(({ crash_points }) => crash_points)),
    pending_writes: Math.max(...all.map(({ pending_writes }) => pending_writes)),
    states: all.reduce((sum, { states }) => sum + BigInt(states), 0n).toString(),
    recoveries: all.at(-1)!.recoveries,
    scope: all.map(({ scope }) => scope).join('; '),
    exhaustive: all.every(({ exhaustive }) => exhaustive),
    systematic: all.every(({ systematic }) => systematic),
    unseen: all.flatMap(({ unseen }) => unseen),
  };
}

/** Between two looks anything may have been stored, written back and stored over. */
function coverageWithLooks(coverage: Coverage, looked: boolean): Coverage {
  if (!looked) return coverage;
  return { ...coverage, exhaustive: false, unseen: [...coverage.unseen, storedOver] };
}

/**
 * Crash directories with bytes in them that nobody knows would accuse a program of what it did not do; null when all
 * are known.
 */
function inexactDirectories(history: History, ignored: readonly string[]): string | null {
  const reasons = new Set<string>();
  for (const inode of history.inodes) {
    const path = pathOf(inode);
    if (inode.opaque && !isIgnored(displayPath(path), ignored))
      reasons.add(`${displayPath(path)}: ${inode.opaque.reason}`);
  }
  for (const { path, reason } of history.doubts)
    if (path === null || !isIgnored(displayPath(path), ignored)) reasons.add(reason);
  if (history.others) reasons.add('a process was killed in a call that may have done its work or not');
  if (reasons.size === 0) return null;
  return `the checker was not shown crash directories, because they would not be exact: ${[...reasons].slice(0, 5).join('; ')}; what recovery makes anew can be left out with promise.ignore`;
}

function analyticCoverage(acks: number, atomicUnitBytes: number): Coverage {
  return {
    engine: 'contract',
    crash_points: acks,
    pending_writes: 0,
    states: '0',
    recoveries: 0,
    scope: `every state that the model allows, writes torn at ${atomicUnitBytes} bytes, by analysis`,
    exhaustive: true,
    systematic: true,
    unseen: [],
    audit: { sampled: 0, mismatched: 0 },
  };
}
