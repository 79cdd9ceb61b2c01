import { type BytePath, isAtOrBelow } from '../../syscalls/byte-path.js';
import type { DirectoryTree } from '../directory-tree.js';
import { type Durability, durability, isMetadata, noSyncChanges, type SyncChanges } from '../durability.js';
import { type Effect, type EntryEffect, isRemovalOfRename } from '../effect.js';
import type { History } from '../history.js';
import type { Inode } from '../inode.js';
import type { PersistenceModel } from '../persistence-model.js';
import { entryKey } from '../view.js';
import type { CrashMoment } from './crash-moment.js';
import { DistinctMoments } from './distinct-moments.js';
import { FileContents } from './file-contents.js';
import { type NameChain, NamePuzzle, type Unexplained } from './name-puzzle.js';

/** `undecided`: there are too many ways in which names could have survived to try them all. */
export type Allowed = { allowed: true; undecided?: boolean } | ({ allowed: false } & Unexplained);

/** To compare a name takes as long as to compare so many bytes. */
const bytesAName = 256;

const noErrors: ReadonlyMap<BytePath, string> = new Map();
const never: CrashMoment = { begun: Number.POSITIVE_INFINITY, returned: Number.POSITIVE_INFINITY };

/**
 * Soundness check for a model: may a crash leave this tree? Asked for every distinct tree that a real file system
 * recovers to: one that is not allowed proves the model (or the replay) wrong.
 *
 * Errs to one side only. Names are checked against the order and the renames that the model keeps whole, bytes each
 * against the values it could have had; combinations across files that the model forbids may pass. Never rejects a
 * tree that the model allows. `lost+found` is not looked at.
 */
export class AllowedStates {
  private readonly durable: Durability;
  private readonly chains = new Map<string, NameChain>();
  private readonly namesOf = new Map<Inode, NameChain[]>();
  /** By id: the other half of a rename that must be there for this one to be, and the other way round. */
  private readonly needs = new Map<number, EntryEffect[]>();
  private readonly neededBy = new Map<number, EntryEffect[]>();
  private readonly naming = new Map<Inode, Effect[]>();
  private readonly contents: FileContents;
  /** What a journal orders. */
  private readonly metadata: readonly Effect[];
  private readonly doubted: readonly BytePath[];
  private readonly moments: DistinctMoments;
  private steps = 0;
  /** Answers about the tree that was asked about last: very many acks may be given over one. */
  private asked: { tree: DirectoryTree; unreadable: typeof noErrors; answers: Map<string, Allowed> } | null =
    null;

  constructor(
    readonly history: History,
    readonly model: PersistenceModel,
    changes: SyncChanges = noSyncChanges,
  ) {
    this.durable = durability(history, model, changes);
    this.contents = new FileContents(history, model, this.durable);
    this.doubted = history.doubts.flatMap(({ path }) => (path === null ? [] : [path]));
    this.moments = new DistinctMoments(history, this.durable);
    this.metadata = history.effects.filter(isMetadata);
    const groups = new Map<number, EntryEffect[]>();
    for (const effect of history.effects) {
      if (effect.kind !== 'entry') continue;
      this.chain(effect.inode, effect.name).effects.push(effect);
      for (const named of [effect.from, effect.to]) if (named) append(this.naming, named, effect);
      if (effect.group !== null) append(groups, effect.group, effect);
    }
    for (const inode of history.inodes)
      for (const name of inode.initialEntries.keys()) this.chain(inode, name);
    if (!model.ordering.rename_atomic.value) return;
    const mayBeLeft = model.ordering.rename_may_leave_old_name.value;
    for (const members of groups.values()) {
      for (const effect of members) {
        for (const other of members) {
          if (other === effect || (mayBeLeft && isRemovalOfRename(other))) continue;
          append(this.needs, effect.id, other);
          append(this.neededBy, other.id, effect);
        }
      }
    }
  }

  /**
   * @param unreadable paths of the tree that could not be looked at, with the errno's name
   * @param moment when the power failed; without it at the very end
   */
  allows(
    tree: DirectoryTree,
    { moment = never, unreadable = noErrors }: { moment?: CrashMoment; unreadable?: typeof noErrors } = {},
  ): Allowed {
    if (this.history.doubts.some(({ path }) => path === null)) return { allowed: true, undecided: true };
    if (this.asked?.tree !== tree || this.asked.unreadable !== unreadable)
      this.asked = { tree, unreadable, answers: new Map() };
    const { answers } = this.asked;
    const alike = this.moments.like(moment);
    const key = `${alike.begun} ${alike.returned}`;
    let answer = answers.get(key);
    if (!answer) {
      answer = this.solve(tree, moment, unreadable);
      answers.set(key, answer);
    }
    return answer;
  }

  /** What answering took so far: names looked at, and bytes that take as long as one. The same on every machine. */
  get work(): number {
    return this.steps + this.contents.bytesCompared / bytesAName;
  }

  private solve(tree: DirectoryTree, moment: CrashMoment, unreadable: typeof noErrors): Allowed {
    const puzzle = new NamePuzzle({
      root: this.history.root,
      tree,
      unreadable,
      namesOf: (directory) => this.namesOf.get(directory) ?? [],
      needsOf: (effect) => this.needs.get(effect.id) ?? [],
      neededBy: (effect) => this.neededBy.get(effect.id) ?? [],
      chainOf: (effect) => this.chain(effect.inode, effect.name),
      hasBegun: (effect) => this.hasBegun(effect, moment),
      isDurable: (effect) => this.isDurable(effect, moment),
      isSettled: (inode) => this.model.metadata_consistent.value || this.isSettled(inode, moment),
      isDoubted: (path) => this.doubted.some((one) => isAtOrBelow(path, one)),
      canHold: (inode, content) => this.contents.canHold(inode, content, moment),
    });
    const freely = puzzle.solve(null);
    this.steps += puzzle.steps;
    if (freely === 'undecided') return { allowed: true, undecided: true };
    if (freely !== null) return { allowed: false, ...freely };
    if (!this.model.ordering.metadata_in_order.value) return { allowed: true };
    return this.inOrder(puzzle, moment);
  }

  /** A journal: of the names that are not durable, those made up to some moment are there, and no others. */
  private inOrder(puzzle: NamePuzzle, moment: CrashMoment): Allowed {
    let first: Unexplained | null = null;
    for (const cut of this.cuts(moment)) {
      const answer = puzzle.solve(cut);
      this.steps += puzzle.steps;
      if (answer === null) return { allowed: true };
      if (answer === 'undecided') return { allowed: true, undecided: true };
      first ??= answer;
    }
    const { reason } = first!;
    return {
      allowed: false,
      ...first!,
      reason: `no moment explains all names, and this model keeps their order (with all of them made, it ${reason})`,
    };
  }

  /** Ids up to which pending metadata may have survived: after each change, latest first, and none. */
  private cuts(moment: CrashMoment): number[] {
    const pending = this.metadata.filter(
      (effect) => this.hasBegun(effect, moment) && !this.isDurable(effect, moment),
    );
    const ends = pending.filter(
      (effect) =>
        effect.kind !== 'entry' ||
        (this.neededBy.get(effect.id) ?? []).every((partner) => partner.id < effect.id),
    );
    return [...ends.map(({ id }) => id).reverse(), -1];
  }

  /** Everything about a file is durable: what leads to it, and what it is. */
  private isSettled(inode: Inode, moment: CrashMoment): boolean {
    const about = [
      ...(this.naming.get(inode) ?? []),
      ...(inode.kind === 'directory' ? [] : this.contents.effectsOf(inode)),
    ];
    return about.every((effect) => !this.hasBegun(effect, moment) || this.isDurable(effect, moment));
  }

  private hasBegun(effect: Effect, moment: CrashMoment): boolean {
    return this.history.steps[effect.step]!.enter < moment.begun;
  }

  private isDurable(effect: Effect, moment: CrashMoment): boolean {
    return this.durable.since[effect.id]! < moment.returned;
  }

  private chain(directory: Inode, name: BytePath): NameChain {
    const key = entryKey(directory, name);
    let chain = this.chains.get(key);
    if (!chain) {
      chain = { directory, name, effects: [] };
      this.chains.set(key, chain);
      append(this.namesOf, directory, chain);
    }
    return chain;
  }
}

function append<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}
