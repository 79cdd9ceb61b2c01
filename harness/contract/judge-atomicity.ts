import type { Durability } from '../model/durability.js';
import type { Effect, EntryEffect } from '../model/effect.js';
import type { History } from '../model/history.js';
import { entryPath, type Inode } from '../model/inode.js';
import type { PersistenceModel } from '../model/persistence-model.js';
import { displayPath } from '../syscalls/byte-path.js';
import type { Breach } from './breach.js';
import { type Choice, crashChoices, withoutUnsupported } from './crash-choices.js';
import { CrashTrees } from './crash-tree.js';
import { crashUnits, pendingAt, type UnitSet } from './crash-units.js';
import { type AtomicName, absent, fileVersions } from './file-versions.js';
import type { DurabilityJudgement } from './judge-durability.js';
import { isNamed } from './promise.js';
import { entryKey } from './view.js';

/**
 * Judges `atomic`: at every crash point, acked or not, each named file shows one of its whole versions.
 *
 * Only what decides the file is looked at: the changes of its name, and the bytes and sizes of the files that ever had
 * it. At each point where that undecided set is largest (just before a sync call makes some of it durable, and at the
 * end) the choices the model allows are tried: all of them when few, else samples, and then "nothing found" is
 * unknown, not pass.
 */
export function judgeAtomicity(
  history: History,
  durable: Durability,
  model: PersistenceModel,
  names: readonly string[],
): DurabilityJudgement {
  const result: DurabilityJudgement = { breaches: [], uncertain: [] };
  for (const file of atomicNames(history, names)) judgeName(history, durable, model, file, result);
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
  for (const { path: doubted, reason } of history.doubts) {
    if (doubted === null || displayPath(doubted) === path) result.uncertain.push({ path, reason });
  }
  const versions = fileVersions(history, file);
  const positions = new Set<number>([history.end]);
  for (const { id } of file.effects)
    if (Number.isFinite(durable.since[id]!)) positions.add(durable.since[id]!);
  const seen = new Set<string>();
  const relevant: History = { ...history, effects: file.effects };
  for (const position of [...positions].sort((a, b) => a - b)) {
    const pending = pendingAt(file.effects, durable, position);
    if (pending.length === 0) continue;
    const set = crashUnits(pending, model);
    const trees = new CrashTrees(relevant, durable, position, set);
    const isVersion = (choice: Choice): boolean => {
      const inode = trees.entry(file.directory, file.name, choice);
      if (!inode) return versions.has(absent);
      return inode.kind === 'file' && versions.has(trees.digestOf(trees.contentOf(inode, choice)));
    };
    const { choices, exhaustive } = crashChoices(set, choiceOptions);
    const broken = choices.find((choice) => !isVersion(choice));
    if (broken) {
      const smallest = fewestMissing(set, broken, isVersion);
      const breach = breachOf({ history, durable, file, path, set, choice: smallest, trees, position });
      const blamed = breach.effects.map(({ id }) => id).join(',');
      if (!seen.has(blamed)) result.breaches.push(breach);
      seen.add(blamed);
      if (seen.size >= mostBreaches) return;
      continue;
    }
    if (!exhaustive) {
      result.uncertain.push({
        path,
        reason: `too many undecided writes to show that it is always whole (${set.units.length})`,
      });
    }
  }
}

/** Puts back what the loss does not need, so that what stays missing is the cause. */
function fewestMissing(set: UnitSet, broken: Choice, isVersion: (choice: Choice) => boolean): Choice {
  let choice = broken;
  for (let index = 0; index < choice.length; index++) {
    if (choice[index]) continue;
    const fuller = withoutUnsupported(
      set,
      choice.map((present, other) => present || other === index),
    );
    if (fuller[index] && !isVersion(fuller)) choice = fuller;
  }
  return choice;
}

function breachOf(found: {
  history: History;
  durable: Durability;
  file: AtomicName;
  path: string;
  set: UnitSet;
  choice: Choice;
  trees: CrashTrees;
  position: number;
}): Breach {
  const { history, durable, file, path, set, choice, trees, position } = found;
  const inode = trees.entry(file.directory, file.name, choice);
  const missing = [...new Set(set.units.filter((_, index) => !choice[index]).map(({ effect }) => effect))];
  const arrival = arrivalOf(file, inode, set, choice, durable, position);
  const lostOfFile = inode
    ? missing.filter((effect) => effect.kind !== 'entry' && effect.inode === inode)
    : [];
  const breach: Breach = {
    kind: 'atomicity',
    path,
    effects: missing,
    ack: null,
    beforeStep: null,
    missing: null,
    failedStep: null,
    promise: `${path} holds its old or its new content at every instant`,
    lost: [inode ? `${path} holds neither its old nor its new content` : `${path} is gone`],
    sentence: null,
    fix: null,
    acks: history.acks.filter(({ at }) => at < position).length,
  };
  const titles = (effects: readonly Effect[]): string =>
    [...new Set(effects.map(({ step }) => history.steps[step]!.title))].slice(0, 3).join(', ');
  if (!inode) {
    const removal = file.effects.findLast(
      (effect): effect is EntryEffect => effect.kind === 'entry' && effect.to === null,
    );
    breach.sentence = removal
      ? `${history.steps[removal.step]!.title} leaves no ${path} until ${titles(missing) || 'the new one'} is durable`
      : `${titles(missing)} can be lost while what it rests on is kept: ${path} is not there`;
    breach.fix = `rename the new file over ${path} without removing or renaming the old one first`;
    return breach;
  }
  const beforeArrival = arrival && lostOfFile.length > 0 && lostOfFile.every(({ id }) => id < arrival.id);
  if (beforeArrival) {
    const last = lostOfFile.at(-1)!;
    const failed = durable.failedBy.get(last.id) ?? null;
    breach.effects = lostOfFile;
    breach.beforeStep = arrival.step;
    breach.failedStep = failed;
    if (failed === null) breach.missing = { inode, afterStep: last.step };
    return breach;
  }
  const inPlace = file.effects.filter(
    (effect) => effect.kind !== 'entry' && effect.inode === inode && (!arrival || effect.id > arrival.id),
  );
  breach.sentence = `${path} is changed in place by ${titles(inPlace)}: a crash may keep one of these without the others`;
  breach.fix = `write the new content to a temporary file, fsync it, and rename it over ${path}`;
  return breach;
}

/** The change of the name that made it lead to this file. */
function arrivalOf(
  file: AtomicName,
  inode: Inode | null,
  set: UnitSet,
  choice: Choice,
  durable: Durability,
  position: number,
): EntryEffect | null {
  const chosen = new Set(set.units.filter((_, index) => choice[index]).map(({ effect }) => effect));
  return (
    file.effects.findLast(
      (effect): effect is EntryEffect =>
        effect.kind === 'entry' &&
        effect.to === inode &&
        (chosen.has(effect) || durable.since[effect.id]! < position),
    ) ?? null
  );
}

/** Every name that ever matched, with what decides it. */
function atomicNames(history: History, globs: readonly string[]): AtomicName[] {
  const found = new Map<string, AtomicName>();
  const note = (directory: Inode, name: string, inode: Inode | null): void => {
    const key = entryKey(directory, name);
    let file = found.get(key);
    if (!file) {
      if (!isNamed(entryPath(directory, name), globs)) return;
      file = { directory, name, inodes: new Set(), effects: [] };
      found.set(key, file);
    }
    if (inode) file.inodes.add(inode);
  };
  for (const directory of history.inodes) {
    for (const [name, inode] of directory.initialEntries) note(directory, name, inode);
  }
  for (const effect of history.effects)
    if (effect.kind === 'entry') note(effect.inode, effect.name, effect.to);
  for (const file of found.values()) {
    file.effects = history.effects.filter((effect) =>
      effect.kind === 'entry'
        ? effect.inode === file.directory && effect.name === file.name
        : file.inodes.has(effect.inode),
    );
  }
  return [...found.values()].filter(({ inodes }) => [...inodes].some(({ kind }) => kind === 'file'));
}
