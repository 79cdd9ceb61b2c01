import type { DirectoryTree } from '../model/directory-tree.js';
import { noSyncChanges, type SyncChanges } from '../model/durability.js';
import type { Doubt, History } from '../model/history.js';
import { modelOnDisk } from '../model/model-catalogue.js';
import type { PersistenceModel } from '../model/persistence-model.js';
import { replayDifferences } from '../model/replay-differences.js';
import type { Promised } from '../promise/promises.js';
import { displayPath } from '../syscalls/byte-path.js';
import type { LogFault } from '../syscalls/joined-call.js';
import { promiseBreaches } from './breach/promise-breaches.js';
import type { Uncertainty } from './breach/uncertainty.js';
import type { UnkeptPromise } from './breach/unkept-promise.js';

/** What calls are judged by. */
export interface JudgedBy {
  promises: Promised;
  /** Names of built-in models, or model files. */
  models: readonly string[];
  /** What the disk writes as one; see `PersistenceModel`. */
  atomicUnitBytes?: number | undefined;
  /** The directory after the last call, to check the replay against; null when it is not known. */
  final: DirectoryTree | null;
  /** Lines of the log that were not understood, and whether it was cut. */
  log?: { faults: readonly LogFault[]; cut: boolean };
}

const doneOrNot =
  'a process was killed in a call, which may have done its work or not, and one of both breaks the promise: let it end by itself, or name the file in promise.ignore';

/** What each model makes of the calls, not yet put into words: whether there is anything to explain, and of what. */
export interface JudgedModels {
  history: History;
  /** What of the log, and of the tree that it left, was not understood. */
  faults: string[];
  models: JudgedModel[];
}

export interface JudgedModel {
  model: PersistenceModel;
  breaches: UnkeptPromise[];
  uncertain: Uncertainty[];
  /** The breaches that are left with other sync calls. */
  rejudge(changes: SyncChanges): UnkeptPromise[];
}

export function judgeModels(history: History, options: JudgedBy): JudgedModels {
  const models = options.models.map((name) =>
    judgeModel(history, modelOnDisk(name, options.atomicUnitBytes), options.promises),
  );
  return { history, faults: [...logNotes(options), ...replayFaults(history, options)], models };
}

function judgeModel(history: History, model: PersistenceModel, promises: Promised): JudgedModel {
  const uncertain: Uncertainty[] = [];
  const breachesIn = (history: History, changes: SyncChanges, note?: Uncertainty[]): UnkeptPromise[] =>
    promiseBreaches({ history, model, promises, changes, note }).filter((breach) => {
      const doubt = doubtAbove(history, breach.path) ?? perhapsSynced(history, breach);
      if (doubt && note && !note.some(({ path }) => path === breach.path))
        note.push({ path: breach.path, reason: doubt.reason });
      return !doubt;
    });
  const everyCourse = (changes: SyncChanges, note?: Uncertainty[]): UnkeptPromise[] =>
    brokenInAll(
      [history, ...(history.others ?? [])].map((course) => breachesIn(course, changes, note)),
      note,
    );
  const breaches = everyCourse(noSyncChanges, uncertain);
  return { model, breaches, uncertain, rejudge: (changes) => everyCourse(changes) };
}

/** A promise is broken where each course that the run may have taken breaks it; where only some do, nobody can tell. */
function brokenInAll(
  [taken, ...others]: readonly UnkeptPromise[][],
  note: Uncertainty[] | undefined,
): UnkeptPromise[] {
  if (others.length === 0) return taken!;
  const promiseOf = ({ path, promise }: UnkeptPromise): string => `${path} ${promise}`;
  const all = [taken!, ...others].map((breaches) => new Set(breaches.map(promiseOf)));
  const inAll = (breach: UnkeptPromise): boolean => all.every((promises) => promises.has(promiseOf(breach)));
  for (const breach of [taken!, ...others].flat())
    if (!inAll(breach) && !note?.some(({ path }) => path === breach.path))
      note?.push({ path: breach.path, reason: doneOrNot });
  return taken!.filter(inAll);
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

function logNotes({ log }: JudgedBy): string[] {
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

function replayFaults(history: History, { final }: JudgedBy): string[] {
  if (!final) return [];
  return replayDifferences(history, final)
    .slice(0, 5)
    .map((difference) => `unknown: the calls do not explain the tree they left: ${difference}`);
}
