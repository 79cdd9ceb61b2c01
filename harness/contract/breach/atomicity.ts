import type { Durability } from '../../model/durability.js';
import type { History } from '../../model/history.js';
import { entryPath } from '../../model/inode.js';
import type { PersistenceModel } from '../../model/persistence-model.js';
import type { StoreDoubt } from '../../model/store-span.js';
import { storeReason } from '../../model/stores.js';
import { type AtomicName, atomicNames } from '../../promise/atomic-names.js';
import { promiseText } from '../../promise/breach.js';
import { type Law, law as ownLaw } from '../../promise/law.js';
import { directoriesMove } from '../../promise/moving-directories.js';
import type { Promised } from '../../promise/promises.js';
import { isWholeVersion, wholeVersions } from '../../promise/whole-versions.js';
import { displayPath } from '../../syscalls/byte-path.js';
import type { Choice } from '../crash/choices.js';
import { leastLoss } from '../crash/least-loss.js';
import { type NameState, NameStates } from '../crash/name-states.js';
import type { CrashUnit } from '../crash/units.js';
import type { DurabilityJudgement } from './durability.js';
import { inPlaceWords, titlesOf } from './in-place-words.js';
import { judgeLinkedNames } from './linked-names.js';
import type { UnkeptPromise } from './unkept-promise.js';

/**
 * Judges `atomic`: at every crash point, acked or not, each named file shows one of its whole versions.
 *
 * Only what decides the file is looked at: which change of its name survives last, and the bytes and sizes of the file
 * that it leads to then. At each point where something undecided becomes durable, and at the end, the choices the model
 * allows are tried: all of them when few, else samples, and then "nothing found" is unknown, not pass.
 */
export function judgeAtomicity(of: {
  history: History;
  durable: Durability;
  model: PersistenceModel;
  promises: Promised;
  law?: Law;
}): DurabilityJudgement {
  const { history, durable, model, promises } = of;
  const result: DurabilityJudgement = { breaches: [], uncertain: [] };
  if (!(of.law ?? ownLaw).versionsWhole) return result;
  const byPath = directoriesMove(history);
  for (const file of atomicNames(history, promises)) {
    if (!byPath || file.directory === history.root) judgeName(history, durable, model, file, result);
  }
  judgeLinkedNames({ history, durable, model, promises }, result);
  return result;
}

/** A loop over the same mistake is one finding in the end; this many turns of it are enough to repair all alike. */
const mostBreaches = 64;

const choiceOptions = { exhaustiveUnits: 10, limit: 4000, seed: 1 };

function judgeName(
  history: History,
  durable: Durability,
  model: PersistenceModel,
  file: AtomicName,
  result: DurabilityJudgement,
): void {
  const path = displayPath(entryPath(file.directory, file.name));
  for (const { opaque } of file.inodes) if (opaque) result.uncertain.push({ path, reason: opaque.reason });
  const stored = storedUnderName(history, file);
  if (stored) {
    // Which of its contents were whole is the program's secret, then.
    result.uncertain.push({ path, reason: storeReason(stored) });
    return;
  }
  for (const { path: doubted, reason } of history.doubts) {
    if (doubted === null || displayPath(doubted) === path) result.uncertain.push({ path, reason });
  }
  const versions = wholeVersions(history, file);
  const isVersion = ({ inode, content }: NameState, choice: Choice): boolean =>
    isWholeVersion(inode && { inode, content: content(choice) }, versions);
  const positions = new Set<number>([history.end]);
  for (const { id } of file.effects)
    if (Number.isFinite(durable.since[id]!)) positions.add(durable.since[id]!);
  const seen = new Set<string>();
  const states = new NameStates(file, durable, model, choiceOptions);
  for (const position of [...positions].sort((a, b) => a - b)) {
    for (const state of states.at(position)) {
      const broken = state.choices.find((choice) => !isVersion(state, choice));
      if (broken) {
        const lost = leastLoss(state, broken, (choice) => isVersion(state, choice));
        const breach = breachOf({ history, durable, model, file, path, state, lost, position });
        // The same sentence for a write's bytes and for the size it leads to.
        const blamed = breach.sentence ?? breach.effects.map(({ id }) => id).join(',');
        if (!seen.has(blamed)) result.breaches.push(breach);
        seen.add(blamed);
        if (seen.size >= mostBreaches) return;
      } else if (!state.exhaustive) {
        result.uncertain.push({
          path,
          reason: `too many undecided writes to show that it is always whole (${state.set.units.length})`,
        });
      }
    }
  }
}

/**
 * What was stored through a mapping into a file while it had the name, or may have been. What a file held when it took the
 * name is a whole version, so stores before that are written like any other bytes, where it is known what made them durable.
 */
function storedUnderName({ steps }: History, file: AtomicName): StoreDoubt | undefined {
  for (const inode of file.inodes) {
    // A name that is replaced again and again leads to thousands of files.
    if (inode.storeDoubts.length === 0) continue;
    const taken = file.effects.find(
      (effect) =>
        effect.kind === 'entry' &&
        effect.inode === file.directory &&
        effect.name === file.name &&
        effect.to === inode,
    );
    const isNew = file.directory.initialEntries.get(file.name) !== inode;
    const from = isNew && taken ? steps[taken.step]!.enter : Number.NEGATIVE_INFINITY;
    const perhaps = file.effects.some(
      (effect) => effect.kind === 'data' && effect.inode === inode && effect.store === 'perhaps',
    );
    const doubt = inode.storeDoubts.find(({ until }) => perhaps || until > from);
    if (doubt) return doubt;
  }
  return undefined;
}

function breachOf(found: {
  history: History;
  durable: Durability;
  model: PersistenceModel;
  file: AtomicName;
  path: string;
  state: NameState;
  /** Undecided writes of the file that are lost. */
  lost: CrashUnit[];
  position: number;
}): UnkeptPromise {
  const { history, durable, model, file, path, state, lost, position } = found;
  const { inode, arrival, later } = state;
  const missing = [...new Set(lost.map(({ effect }) => effect))];
  const breach: UnkeptPromise = {
    kind: 'atomicity',
    path,
    effects: missing.length > 0 ? missing : later,
    ack: null,
    beforeStep: null,
    missing: null,
    failedStep: null,
    promise: promiseText({ rule: 'whole', path }),
    lost: [inode ? `${path} holds no whole version: empty, zeros, or a mixture` : `${path} is gone`],
    sentence: null,
    fix: null,
    acks: acksBefore(history, position),
    seen: { position, lost: [...lost, ...later.map((effect) => ({ effect, kind: 'entry' as const }))] },
  };
  if (!inode) {
    const words = titlesOf(history, later);
    breach.sentence = arrival
      ? `${history.steps[arrival.step]!.title} leaves no ${path} until ${words || 'the new one'} is durable`
      : `${words} can be lost while what it rests on is kept: ${path} is not there`;
    breach.fix = `rename the new file over ${path} without removing or renaming the old one first`;
    return breach;
  }
  const beforeArrival = arrival && missing.length > 0 && missing.every(({ id }) => id < arrival.id);
  if (beforeArrival) {
    const last = missing.at(-1)!;
    const failed = durable.failedBy.get(last.id) ?? null;
    breach.beforeStep = arrival.step;
    breach.failedStep = failed;
    if (failed === null) breach.missing = { inode, afterStep: last.step };
    return breach;
  }
  const inPlace = file.effects.filter(
    (effect) => effect.kind !== 'entry' && effect.inode === inode && (!arrival || effect.id > arrival.id),
  );
  return { ...breach, ...inPlaceWords(path, inPlace, { history, model }) };
}

function acksBefore(history: History, position: number): number {
  return history.acks.filter(({ at }) => at < position).length;
}
