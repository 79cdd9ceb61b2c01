/**
 * What can be done to the sync calls of one place. Each mutation stands for a mistake that people make: the call
 * forgotten, made too late, or made on the wrong thing.
 */
import type { AddedSync, SyncChanges } from '../model/durability.js';
import type { EntryEffect } from '../model/effect.js';
import type { History, Step } from '../model/history.js';
import type { Inode } from '../model/inode.js';
import type { MutationKind } from './mutants-result.js';
import type { SyncPlace } from './sync-places.js';

export interface Mutation {
  kind: MutationKind;
  place: SyncPlace;
  changes: SyncChanges;
  /** In words. */
  change: string;
}

/** Not made at all: nothing that is done to the place makes it weaker. */
export function removal(place: SyncPlace): Mutation {
  return {
    kind: 'sync_removed',
    place,
    changes: { added: [], removed: new Set(place.steps.map(({ index }) => index)) },
    change: `${place.call} is not made`,
  };
}

/** The other mistakes that fit the place. */
export function displacements(history: History, place: SyncPlace): Mutation[] {
  const kinds: [MutationKind, string, (step: Step) => AddedSync | null][] = [
    ['sync_after_ack', 'comes behind the ack', (step) => behindAck(history, step)],
    ['sync_after_rename', 'comes behind the rename', (step) => behindRename(history, step)],
    ['file_for_directory', 'syncs the file instead of the directory', (step) => fileOf(history, step)],
    ['directory_for_file', 'syncs the directory instead of the file', (step) => directoryOf(history, step)],
  ];
  return kinds.flatMap(([kind, words, displaced]) => {
    const moved = place.steps.flatMap((step) => {
      const added = displaced(step);
      return added ? [{ step, added }] : [];
    });
    if (moved.length === 0) return [];
    return [
      {
        kind,
        place,
        changes: {
          added: moved.map(({ added }) => added),
          removed: new Set(moved.map(({ step }) => step.index)),
        },
        change: `${place.call} ${words}`,
      },
    ];
  });
}

function behindAck(history: History, step: Step): AddedSync | null {
  const inode = step.sync?.inode;
  const ack = history.acks.find(({ at }) => at > step.exit);
  if (!inode || !ack) return null;
  const afterStep = history.steps.findLastIndex(({ enter }) => enter < ack.at);
  return { inode, afterStep, position: ack.at + 0.5 };
}

/** The rename must follow before anything is acknowledged, or the first mistake is the same as this one. */
function behindRename(history: History, step: Step): AddedSync | null {
  const inode = step.sync?.inode;
  if (inode?.kind !== 'file') return null;
  const ack = history.acks.find(({ at }) => at > step.exit)?.at ?? Number.POSITIVE_INFINITY;
  const rename = history.effects.find(
    (effect) =>
      effect.kind === 'entry' &&
      effect.group !== null &&
      effect.to === inode &&
      effect.at > step.exit &&
      effect.at < ack,
  );
  return rename ? { inode, afterStep: rename.step } : null;
}

/** The file whose name the directory got last. */
function fileOf(history: History, step: Step): AddedSync | null {
  const directory = step.sync?.inode;
  if (directory?.kind !== 'directory') return null;
  const named = lastEntry(
    history,
    step,
    (effect) => effect.inode === directory && effect.to?.kind === 'file',
  );
  return named ? { inode: named.to!, afterStep: step.index } : null;
}

/** The directory that the file had its name in. */
function directoryOf(history: History, step: Step): AddedSync | null {
  const file = step.sync?.inode;
  if (file?.kind !== 'file') return null;
  const directory =
    lastEntry(history, step, (effect) => effect.to === file)?.inode ?? beforeTheRun(history, file);
  return directory ? { inode: directory, afterStep: step.index } : null;
}

function lastEntry(
  history: History,
  before: Step,
  fits: (effect: EntryEffect) => boolean,
): EntryEffect | undefined {
  return history.effects.findLast(
    (effect): effect is EntryEffect => effect.kind === 'entry' && effect.at < before.enter && fits(effect),
  );
}

function beforeTheRun(history: History, file: Inode): Inode | undefined {
  return history.inodes.find((inode) => [...inode.initialEntries.values()].includes(file));
}
