import type { CrashMoment } from '../model/allowed/crash-moment.js';
import type { FileContents } from '../model/allowed/file-contents.js';
import type { DirectoryTree } from '../model/directory-tree.js';
import type { Durability } from '../model/durability.js';
import type { EntryEffect } from '../model/effect.js';
import type { History } from '../model/history.js';
import type { Inode } from '../model/inode.js';
import type { BytePath } from '../syscalls/byte-path.js';

/** A file that is under none of its names, and the entry by which one of them was durable; null: from the start. */
export interface LostFile {
  path: BytePath;
  durable: EntryEffect | null;
}

interface GivenName {
  directory: Inode;
  name: BytePath;
  /** null: it was there from the start. */
  effect: EntryEffect | null;
}

/** Of names in folders that moved often not all are followed; then nothing is said. */
const pathLimit = 64;
const deepest = 64;

/**
 * A durable file that was renamed is under one of its names, whoever has taken the old one since.
 *
 * Source: xfstests, generic tests of log replay (`foo` is durable, is renamed to `bar`, a new `foo` is made and fsynced:
 * after the crash the first one is there, as foo or as bar). POSIX owes only names in a directory that was fsynced.
 */
export class DurableFiles {
  readonly #given = new Map<Inode, GivenName[]>();
  readonly #taken = new Map<Inode, EntryEffect[]>();

  constructor(
    private readonly history: History,
    private readonly durable: Durability,
    private readonly contents: FileContents,
  ) {
    for (const directory of history.inodes)
      for (const [name, inode] of directory.initialEntries)
        append(this.#given, inode, { directory, name, effect: null });
    for (const effect of history.effects) {
      if (effect.kind !== 'entry') continue;
      if (effect.to) append(this.#given, effect.to, { directory: effect.inode, name: effect.name, effect });
      if (effect.from) append(this.#taken, effect.from, effect);
    }
  }

  /** Files that a crash at that moment may not lose, and that are under none of their names in the tree. */
  lost(tree: DirectoryTree, moment: CrashMoment): LostFile[] {
    return this.history.inodes.flatMap((inode) => {
      if (inode.kind !== 'file') return [];
      const durable = this.#durableName(inode, moment);
      if (!durable || !this.#keepsAName(inode, moment)) return [];
      const paths = this.#paths(inode, moment);
      const isThere = paths.some((path) => {
        const node = tree.get(path);
        if (node?.kind !== 'file') return false;
        return node.content === null || this.contents.canHold(inode, node.content, moment);
      });
      if (isThere || paths.length === 0 || paths.length >= pathLimit) return [];
      return [{ path: paths[0]!, durable: durable.effect }];
    });
  }

  /** A name that was durable, in directories that are, too. */
  #durableName(inode: Inode, moment: CrashMoment, depth = 0): GivenName | undefined {
    if (depth > deepest) return undefined;
    return this.#given
      .get(inode)
      ?.find(
        ({ directory, effect }) =>
          (effect === null || this.durable.since[effect.id]! < moment.returned) &&
          (directory === this.history.root || this.#durableName(directory, moment, depth + 1) !== undefined),
      );
  }

  /** No call that had begun took away the last of its names, or the last of one of its directories. */
  #keepsAName(inode: Inode, moment: CrashMoment, depth = 0): boolean {
    if (inode === this.history.root) return true;
    if (depth > deepest) return false;
    // An exchange or a rename gives the new name and takes the old one in one step: what is left at the end counts.
    const given = (this.#given.get(inode) ?? []).filter(
      ({ effect }) => effect === null || this.#begun(effect, moment),
    );
    const taken = (this.#taken.get(inode) ?? []).filter((effect) => this.#begun(effect, moment));
    return (
      given.length > taken.length &&
      given.every(({ directory }) => this.#keepsAName(directory, moment, depth + 1))
    );
  }

  /** Every path by which it may be there: under each name it ever had, in each place of its directories. */
  #paths(inode: Inode, moment: CrashMoment, depth = 0): BytePath[] {
    if (inode === this.history.root) return [''];
    if (depth > deepest) return [];
    const found: BytePath[] = [];
    for (const { directory, name, effect } of this.#given.get(inode) ?? []) {
      if (effect !== null && !this.#begun(effect, moment)) continue;
      for (const above of this.#paths(directory, moment, depth + 1)) {
        if (found.length >= pathLimit) return found;
        found.push(above === '' ? name : `${above}/${name}`);
      }
    }
    return found;
  }

  #begun(effect: EntryEffect, moment: CrashMoment): boolean {
    return this.history.steps[effect.step]!.enter < moment.begun;
  }
}

function append<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}
