import type { AckSource } from '../model/ack-stream.js';
import type { DirectoryTree } from '../model/directory-tree.js';
import { durability, noSyncChanges, type SyncChanges } from '../model/durability.js';
import type { Ack, Doubt, History } from '../model/history.js';
import { modelOnDisk } from '../model/model-catalogue.js';
import type { PersistenceModel } from '../model/persistence-model.js';
import { replay } from '../model/replay.js';
import { replayDifferences } from '../model/replay-differences.js';
import type { Sightings } from '../model/stores.js';
import { type Promised, promisesDurability, speaksOfFiles } from '../promise/promises.js';
import { displayPath } from '../syscalls/byte-path.js';
import type { Call } from '../syscalls/call.js';
import type { LogFault } from '../syscalls/joined-call.js';
import type { Owner } from '../trace/attributes.js';
import type { Finding } from '../verdict/finding.js';
import { type Outcome, worst } from '../verdict/outcome.js';
import type { ProtocolLine, ProtocolRepair } from '../verdict/protocol.js';
import { explainOperations } from './explanation.js';
import { promiseBreaches } from './promise-breaches.js';
import { searchRepair, superfluousSyncs } from './repair.js';
import { noSourceLines, type SourceLines } from './source-lines.js';
import type { Uncertainty } from './uncertainty.js';
import type { UnkeptPromise } from './unkept-promise.js';
import { WholePromise } from './whole-promise.js';
import { type WordedFinding, Wording } from './wording.js';

/** A run to be judged: its calls, and what is known besides. */
export interface JudgeCallsOptions {
  /** Absolute path, without symbolic links, of the directory the program worked in (the crash disk's root). */
  rootPath: string;
  /** That directory before the first call; see `readDirectoryTree`. */
  initial: DirectoryTree;
  /** That directory after the last call, to check the replay against; null when it is not known. */
  final: DirectoryTree | null;
  /** What was seen of it meanwhile; only the end where it is left out. */
  seen?: Sightings | undefined;
  acks: AckSource;
  /** See `ReplayOptions`. */
  umask?: number | undefined;
  user?: Owner | undefined;
  promises: Promised;
  /** Names of built-in models, or model files. */
  models: readonly string[];
  /** What the disk writes as one; see `PersistenceModel`. */
  atomicUnitBytes?: number | undefined;
  /** Lines of the log that were not understood, and whether it was cut. */
  log?: { faults: readonly LogFault[]; cut: boolean };
  sources?: SourceLines;
  /** Only to see whether there is something to explain: no repair is searched for what is broken. */
  draft?: boolean;
  /** A checker judges too: then nothing is called superfluous here. */
  hasChecker?: boolean;
  /** Whether the time that the user set is over: then no repair is looked for, and none made smaller. */
  isOver?: (() => boolean) | undefined;
  /** For the findings' own fields. */
  storage?: string;
  reproduce?: string;
}

/** What one model makes of the run. */
export interface ModelExplanation {
  model: string;
  outcome: Outcome;
  operations: ProtocolLine[];
  repair: ProtocolRepair | null;
  /** Sync calls that could go without breaking a promise. */
  superfluous: string[];
}

export interface CallsJudgement {
  outcome: Outcome;
  findings: Finding[];
  /** Why the outcome is not a pass, and what a reader has to know besides. */
  notes: string[];
  acks: Ack[];
  explanations: ModelExplanation[];
  history: History;
  /** The log was understood as a whole, and replaying it ends in the tree that was left. */
  followed: boolean;
  /** Paths for which the calls do not tell whether a promise is kept; null: all of them. */
  undecided: (string | null)[];
  /** What each finding tells, by its id. */
  breaches: Map<string, ModelBreach>;
}

/** A breach, and the model that allows it. */
export interface ModelBreach {
  model: PersistenceModel;
  breach: UnkeptPromise;
}

/** Judges `snapshot`, `files` and `atomic` from calls that were captured already. Touches no file system but reads. */
export function judgeCalls(calls: readonly Call[], options: JudgeCallsOptions): CallsJudgement {
  return judgeHistory(replayLog(calls, options), options);
}

/** What the calls did. */
export function replayLog(calls: readonly Call[], options: Omit<JudgeCallsOptions, 'promises'>): History {
  const { log } = options;
  // What a part of the log that nobody knows did would be taken for stores.
  const isWhole = !log?.cut && (log?.faults.length ?? 0) === 0;
  const seen = isWhole ? (options.seen ?? sightingsOf(options.final)) : undefined;
  return replay(calls, { ...options, seen });
}

/** What the end alone tells. */
function sightingsOf(final: DirectoryTree | null): Sightings | undefined {
  if (!final) return undefined;
  return { atEnd: (path) => final.get(path)?.content ?? null };
}

/** The same for calls that were replayed already. */
export function judgeHistory(history: History, options: JudgeCallsOptions): CallsJudgement {
  const notes = [...logNotes(options), ...replayFaults(history, options)];
  const followed = notes.length === 0;
  const wholly: Outcome = followed ? 'pass' : 'unknown';
  const { promises } = options;
  if (history.acks.length === 0 && promisesDurability(promises)) {
    notes.push('no ack was seen, so nothing was promised to survive');
  }
  const findings: Finding[] = [];
  const explanations: ModelExplanation[] = [];
  const undecided: (string | null)[] = [];
  const broken: CallsJudgement['breaches'] = new Map();
  for (const name of options.models) {
    const model = modelOnDisk(name, options.atomicUnitBytes);
    const result = judgeModel(history, model, {
      ...options,
      mayBeSpared: followed && history.doubts.length === 0,
    });
    undecided.push(...result.uncertain.map(({ path }) => path));
    for (const { path, reason } of result.uncertain) {
      const note = path === null ? `unknown: ${reason}` : `unknown for ${path}: ${reason}`;
      if (!notes.includes(note)) notes.push(note);
    }
    for (const { finding, breach } of result.findings) {
      const id = `C${findings.length + 1}`;
      broken.set(id, { model, breach });
      findings.push({
        id,
        ...finding,
        storage: options.storage ?? '',
        reproduce: options.reproduce ?? '',
      });
    }
    explanations.push(result.explanation);
  }
  const outcome = worst([wholly, ...explanations.map((explanation) => explanation.outcome)]);
  return {
    ...{ outcome, findings, notes, explanations, history, followed, undecided },
    acks: [...history.acks],
    breaches: broken,
  };
}

function judgeModel(
  history: History,
  model: PersistenceModel,
  options: JudgeCallsOptions & {
    /** The log is understood as a whole: what it does not show needs no sync call. */
    mayBeSpared: boolean;
  },
): {
  findings: { finding: WordedFinding; breach: UnkeptPromise }[];
  uncertain: Uncertainty[];
  explanation: ModelExplanation;
} {
  const { promises } = options;
  const uncertain: Uncertainty[] = [];
  const breachesWith = (changes: SyncChanges, note?: Uncertainty[]): UnkeptPromise[] =>
    promiseBreaches({ history, model, promises, changes, note }).filter((breach) => {
      const doubt = doubtAbove(history, breach.path) ?? perhapsSynced(history, breach);
      if (doubt && note && !note.some(({ path }) => path === breach.path))
        note.push({ path: breach.path, reason: doubt.reason });
      return !doubt;
    });
  const breaches = breachesWith(noSyncChanges, uncertain);
  const sources = options.sources ?? noSourceLines;
  const wording = new Wording(history, model, sources);
  const rejudge = (changes: SyncChanges): UnkeptPromise[] => breachesWith(changes);
  const promised = history.acks.length > 0 || promises.atomic.length > 0;
  const judged = speaksOfFiles(promises);
  const explanation: ModelExplanation = {
    model: model.name,
    outcome: breaches.length > 0 ? 'violation' : uncertain.length > 0 ? 'unknown' : 'pass',
    operations: explainOperations(history, durability(history, model), model, sources),
    repair:
      breaches.length > 0 && !options.draft
        ? searchRepair(history, breaches, rejudge, wording, options.isOver)
        : null,
    superfluous:
      options.mayBeSpared &&
      judged &&
      promised &&
      !options.hasChecker &&
      breaches.length + uncertain.length === 0
        ? superfluousSyncs(history, wording, (changes) => {
            const whole = new WholePromise(history, model, promises.ignore).newBreaches(changes);
            return rejudge(changes).length + whole.breaches.length + whole.uncertain.length === 0;
          })
        : [],
  };
  return { findings: wording.worded(breaches), uncertain, explanation };
}

/** A doubt about a directory that a path lies in: with something mounted there, say, it was another file. */
function doubtAbove({ doubts }: History, path: string | null): Doubt | undefined {
  return doubts.find(
    (doubt) => path !== null && doubt.path !== null && path.startsWith(`${displayPath(doubt.path)}/`),
  );
}

/**
 * A call that is not followed, and that may have made durable what the promise rests on, before it had to be: nobody is
 * accused on the strength of what is not known.
 */
function perhapsSynced(
  { doubts, steps, end }: History,
  { ack, beforeStep, seen, effects }: UnkeptPromise,
): { reason: string } | undefined {
  const deadline = ack?.at ?? (beforeStep === null ? (seen?.position ?? end) : steps[beforeStep]!.enter);
  const possible = [
    ...doubts.filter(({ path }) => path === null),
    ...effects.flatMap(({ inode }) => inode.perhapsSynced ?? []),
  ];
  return possible.find(({ since }) => since < deadline);
}

function logNotes({ log }: JudgeCallsOptions): string[] {
  const notes: string[] = [];
  if (log?.cut) notes.push('unknown: the system-call log is cut; what is judged are the calls up to the cut');
  const faults = log?.faults ?? [];
  for (const { line, reason, text } of faults.slice(0, 5)) {
    notes.push(
      `unknown: line ${line} of the system-call log was not understood (${reason}): ${text.slice(0, 100)}`,
    );
  }
  if (faults.length > 5)
    notes.push(`unknown: ${faults.length - 5} more lines of the log were not understood`);
  return notes;
}

function replayFaults(history: History, { final }: JudgeCallsOptions): string[] {
  if (!final) return [];
  return replayDifferences(history, final)
    .slice(0, 5)
    .map((difference) => `unknown: the calls do not explain the tree they left: ${difference}`);
}
