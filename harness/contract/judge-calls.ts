import type { AckSource } from '../model/ack-stream.js';
import type { DirectoryTree } from '../model/directory-tree.js';
import { durability } from '../model/durability.js';
import type { Ack, History } from '../model/history.js';
import type { PersistenceModel } from '../model/persistence-model.js';
import { replay } from '../model/replay.js';
import type { Sightings } from '../model/stores.js';
import { promisesDurability, speaksOfFiles } from '../promise/promises.js';
import type { Call } from '../syscalls/call.js';
import type { Owner } from '../trace/attributes.js';
import type { Finding } from '../verdict/finding.js';
import { type Outcome, worst } from '../verdict/outcome.js';
import type { ProtocolLine, ProtocolRepair } from '../verdict/protocol.js';
import type { UnkeptPromise } from './breach/unkept-promise.js';
import { WholePromise } from './breach/whole-promise.js';
import { type JudgedBy, type JudgedModel, type JudgedModels, judgeModels } from './judge-models.js';
import { searchRepair, superfluousSyncs } from './repair/repair.js';
import { noSourceLines, type SourceLines } from './sources/source-lines.js';
import { explainOperations } from './words/explanation.js';
import { Wording } from './words/wording.js';

/** A run to be judged: its calls, and what is known besides. */
export interface JudgeCallsOptions extends JudgedBy {
  /** Absolute path, without symbolic links, of the directory the program worked in (the crash disk's root). */
  rootPath: string;
  /** That directory before the first call; see `readDirectoryTree`. */
  initial: DirectoryTree;
  /** What was seen of it meanwhile; only the end where it is left out. */
  seen?: Sightings | undefined;
  acks: AckSource;
  /** See `ReplayOptions`. */
  umask?: number | undefined;
  user?: Owner | undefined;
  sources?: SourceLines;
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

/** The same for calls that were replayed already. */
export function judgeHistory(history: History, options: JudgeCallsOptions): CallsJudgement {
  return explainJudged(judgeModels(history, options), options);
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

/** Findings with their lines, repairs, and what could go: with the source lines that whoever finds something looks up first. */
export function explainJudged(
  { history, faults, models }: JudgedModels,
  options: JudgeCallsOptions,
): CallsJudgement {
  const notes = [...faults];
  const followed = faults.length === 0;
  const wholly: Outcome = followed ? 'pass' : 'unknown';
  if (history.acks.length === 0 && promisesDurability(options.promises)) {
    notes.push('no ack was seen, so nothing was promised to survive');
  }
  const findings: Finding[] = [];
  const explanations: ModelExplanation[] = [];
  const undecided: (string | null)[] = [];
  const broken: CallsJudgement['breaches'] = new Map();
  for (const judged of models) {
    const { model, uncertain } = judged;
    undecided.push(...uncertain.map(({ path }) => path));
    for (const { path, reason } of uncertain) {
      const note = path === null ? `unknown: ${reason}` : `unknown for ${path}: ${reason}`;
      if (!notes.includes(note)) notes.push(note);
    }
    const wording = new Wording(history, model, options.sources ?? noSourceLines);
    for (const { finding, breach } of wording.worded(judged.breaches)) {
      const id = `C${findings.length + 1}`;
      broken.set(id, { model, breach });
      findings.push({
        id,
        ...finding,
        storage: options.storage ?? '',
        reproduce: options.reproduce ?? '',
      });
    }
    const mayBeSpared = followed && history.doubts.length === 0;
    explanations.push(explanationOf(judged, wording, { ...options, history, mayBeSpared }));
  }
  const outcome = worst([wholly, ...explanations.map((explanation) => explanation.outcome)]);
  return {
    ...{ outcome, findings, notes, explanations, history, followed, undecided },
    acks: [...history.acks],
    breaches: broken,
  };
}

function explanationOf(
  { model, breaches, uncertain, rejudge }: JudgedModel,
  wording: Wording,
  {
    history,
    mayBeSpared,
    promises,
    sources = noSourceLines,
    hasChecker,
    isOver,
  }: Pick<JudgeCallsOptions, 'promises' | 'sources' | 'hasChecker' | 'isOver'> & {
    history: History;
    /** The log is understood as a whole: what it does not show needs no sync call. */
    mayBeSpared: boolean;
  },
): ModelExplanation {
  const promised = history.acks.length > 0 || promises.atomic.length > 0;
  // What is added or left out is told by its place in one course: what it does in the others was not looked at.
  const isOneCourse = !history.others;
  const nothingFound = breaches.length + uncertain.length === 0;
  return {
    model: model.name,
    outcome: breaches.length > 0 ? 'violation' : uncertain.length > 0 ? 'unknown' : 'pass',
    operations: explainOperations(history, durability(history, model), model, sources),
    repair:
      isOneCourse && breaches.length > 0 ? searchRepair(history, breaches, rejudge, wording, isOver) : null,
    superfluous:
      isOneCourse && mayBeSpared && speaksOfFiles(promises) && promised && !hasChecker && nothingFound
        ? superfluousSyncs(history, wording, (changes) => {
            const whole = new WholePromise(history, model, promises.ignore).newBreaches(changes);
            return rejudge(changes).length + whole.breaches.length + whole.uncertain.length === 0;
          })
        : [],
  };
}
