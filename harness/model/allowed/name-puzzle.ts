import type { BytePath } from '../../syscalls/byte-path.js';
import type { Content } from '../content.js';
import type { DirectoryTree, TreeNode } from '../directory-tree.js';
import type { EntryEffect } from '../effect.js';
import type { Inode } from '../inode.js';

/** A name in a directory, and what happened to it. */
export interface NameChain {
  directory: Inode;
  name: BytePath;
  effects: EntryEffect[];
}

/** What is known of a history at the moment of a crash, and what was found after it. */
export interface Puzzle {
  root: Inode;
  tree: DirectoryTree;
  /** Paths that could not be looked at, with the errno's name. */
  unreadable: ReadonlyMap<BytePath, string>;
  namesOf(directory: Inode): readonly NameChain[];
  /** The other half of a rename that has survived if this one has. */
  needsOf(effect: EntryEffect): readonly EntryEffect[];
  /** The other half that has survived only if this one has. */
  neededBy(effect: EntryEffect): readonly EntryEffect[];
  chainOf(effect: EntryEffect): NameChain;
  hasBegun(effect: EntryEffect): boolean;
  isDurable(effect: EntryEffect): boolean;
  /** Its names lead to it and to nothing else. */
  isSettled(inode: Inode): boolean;
  isDoubted(path: BytePath): boolean;
  canHold(inode: Inode, content: Content): boolean;
}

/** What is wrong with a name: lost, back although it was removed, of another kind, its bytes, unreadable, never made. */
export type NameFault =
  | 'name'
  | 'removal'
  | 'kind'
  | 'content'
  | 'unreadable'
  | 'never_there'
  | 'half_rename';

/** A name for which no choice explains what was found. */
export interface Unexplained {
  path: BytePath;
  fault: NameFault;
  reason: string;
}

/** Choices tried before a tree counts as undecided. */
const stepLimit = 100_000;

/** Names still to be explained, as a list that can be continued in several ways. */
interface Task {
  chain: NameChain;
  path: BytePath;
  next: Task | null;
}

/**
 * Looks for a choice of surviving names that explains a recovered tree.
 *
 * For each name one effect has the last word (its *winner*): the last durable one, or a pending one after it. Of the
 * effects after the winner none survived; whether those before it did is open. So where one half of a rename needs the
 * other, this is all that follows: if the one is the winner of its name, the winner of the other's name is that other
 * half or a later effect.
 */
export class NamePuzzle {
  /** Position of the winner in each chain chosen so far; -1: what was there before the recording. */
  private readonly winners = new Map<NameChain, number>();
  private cut: number | null = null;
  /** Names looked at by the last `solve`. */
  steps = 0;
  private problem: Unexplained | null = null;

  constructor(private readonly puzzle: Puzzle) {}

  /**
   * @param cut null: pending names survive as they like; else of the pending ones those with an id up to it
   * @returns null when the tree is explained
   */
  solve(cut: number | null): null | 'undecided' | Unexplained {
    this.cut = cut;
    this.steps = 0;
    this.problem = null;
    this.winners.clear();
    const tasks = this.tasksIn(this.puzzle.root, '', null);
    if (tasks === undefined) return this.problem!;
    if (this.explain(tasks)) return null;
    return this.steps > stepLimit ? 'undecided' : this.problem!;
  }

  private explain(first: Task | null): boolean {
    for (let task = first; task; task = task.next) {
      if (++this.steps > stepLimit) return false;
      const { chain, path } = task;
      if (this.puzzle.isDoubted(path)) continue;
      const node = this.puzzle.tree.get(path);
      const options = this.options(chain);
      if (node && options.some((option) => this.isLoose(chain, option))) continue;
      const fitting = options.filter((option) => this.fits(inodeAfter(chain, option), node, path));
      if (fitting.length === 0) return this.fail(path, this.whyNot(chain, options, node, path));
      const independent =
        !this.winners.has(chain) &&
        fitting.some(
          (option) =>
            inodeAfter(chain, option)?.kind !== 'directory' &&
            (this.cut !== null || chain.effects.every((effect) => this.isIndependent(effect))),
        );
      if (independent) continue;
      return this.choose(task, fitting);
    }
    return true;
  }

  private choose({ chain, path, next }: Task, fitting: readonly number[]): boolean {
    const before = this.winners.get(chain);
    for (const option of fitting) {
      if (before !== undefined && option !== before) continue;
      const half = this.halfRename(chain, option);
      if (half) {
        this.fail(path, {
          fault: 'half_rename',
          reason: 'shows half of a rename that is one change in this model',
        });
        continue;
      }
      this.winners.set(chain, option);
      const value = inodeAfter(chain, option);
      const tasks = value?.kind === 'directory' ? this.tasksIn(value, path, next) : next;
      if (tasks !== undefined && this.explain(tasks)) return true;
      if (before === undefined) this.winners.delete(chain);
      if (this.steps > stepLimit) return false;
    }
    return false;
  }

  private isIndependent(effect: EntryEffect): boolean {
    return this.puzzle.needsOf(effect).length === 0 && this.puzzle.neededBy(effect).length === 0;
  }

  /** Does this winner leave a rename of which a half is missing, given the winners chosen already? */
  private halfRename(chain: NameChain, winner: number): boolean {
    // In order, both halves of a rename are before the cut or behind it.
    if (this.cut !== null) return false;
    return chain.effects.some((effect, position) => {
      const needsMissing =
        winner === position &&
        this.puzzle.needsOf(effect).some((other) => {
          const { place, chosen } = this.chosenFor(other, chain, winner);
          return chosen !== undefined && chosen < place;
        });
      return (
        needsMissing ||
        (winner < position &&
          this.puzzle.neededBy(effect).some((other) => {
            const { place, chosen } = this.chosenFor(other, chain, winner);
            return chosen === place;
          }))
      );
    });
  }

  /** The position of an effect in its chain, and that of the chain's winner as far as it is chosen. */
  private chosenFor(
    effect: EntryEffect,
    current: NameChain,
    winner: number,
  ): { place: number; chosen: number | undefined } {
    const chain = this.puzzle.chainOf(effect);
    const chosen = chain === current ? winner : this.winners.get(chain);
    return { place: chain.effects.indexOf(effect), chosen };
  }

  /** The names of a directory, before `next`; undefined when there is one that it never had. */
  private tasksIn(directory: Inode, path: BytePath, next: Task | null): Task | null | undefined {
    const chains = this.puzzle.namesOf(directory);
    const expected = new Set(chains.map(({ name }) => name));
    for (const name of this.childrenOf(path)) {
      if (expected.has(name)) continue;
      const child = path === '' ? name : `${path}/${name}`;
      if (this.puzzle.isDoubted(child)) continue;
      this.fail(child, { fault: 'never_there', reason: 'was never there' });
      return undefined;
    }
    let tasks = next;
    for (const chain of chains) {
      tasks = { chain, path: path === '' ? chain.name : `${path}/${chain.name}`, next: tasks };
    }
    return tasks;
  }

  private options(chain: NameChain): number[] {
    let base = -1;
    const pending: number[] = [];
    chain.effects.forEach((effect, position) => {
      if (!this.puzzle.hasBegun(effect)) return;
      if (this.puzzle.isDurable(effect) || (this.cut !== null && effect.id <= this.cut)) {
        base = position;
        pending.length = 0;
      } else if (this.cut === null) pending.push(position);
    });
    // The latest first: most of what a program did is there.
    return [...pending.reverse(), base];
  }

  /** Without a journal, a name whose file is not durable with everything about it may lead to anything. */
  private isLoose(chain: NameChain, option: number): boolean {
    const value = inodeAfter(chain, option);
    return value !== null && !this.puzzle.isSettled(value);
  }

  private fits(value: Inode | null, node: TreeNode | undefined, path: BytePath): boolean {
    if (!value || !node) return !value && !node;
    if (this.puzzle.unreadable.has(path)) return this.mayBeUnreadable(value);
    if (value.kind !== node.kind) return false;
    if (value.kind === 'symlink') return value.target === node.target;
    if (value.kind !== 'file' || !node.content) return true;
    return this.puzzle.canHold(value, node.content);
  }

  /** A directory whose blocks are not durable, where nothing keeps them together. */
  private mayBeUnreadable(value: Inode): boolean {
    return (
      value.kind === 'directory' &&
      this.puzzle
        .namesOf(value)
        .some(({ effects }) =>
          effects.some((effect) =>
            [effect.from, effect.to].some((one) => one && !this.puzzle.isSettled(one)),
          ),
        )
    );
  }

  private whyNot(
    chain: NameChain,
    options: readonly number[],
    node: TreeNode | undefined,
    path: BytePath,
  ): Omit<Unexplained, 'path'> {
    const values = options.map((option) => inodeAfter(chain, option));
    if (!node) return { fault: 'name', reason: 'is gone, and its name was durable' };
    const error = this.puzzle.unreadable.get(path);
    if (error !== undefined) return { fault: 'unreadable', reason: `cannot be read (${error})` };
    if (values.every((value) => value === null))
      return { fault: 'removal', reason: 'is there, and its removal was durable' };
    if (values.every((value) => value?.kind !== node.kind))
      return { fault: 'kind', reason: `is a ${node.kind}, which it never was` };
    return { fault: 'content', reason: 'shows a content it could not have' };
  }

  #children: Map<BytePath, BytePath[]> | null = null;

  private childrenOf(path: BytePath): readonly BytePath[] {
    if (!this.#children) {
      this.#children = new Map();
      for (const child of this.puzzle.tree.keys()) {
        if (child === '' || child === 'lost+found' || child.startsWith('lost+found/')) continue;
        const slash = child.lastIndexOf('/');
        const above = slash < 0 ? '' : child.slice(0, slash);
        const names = this.#children.get(above);
        if (names) names.push(child.slice(slash + 1));
        else this.#children.set(above, [child.slice(slash + 1)]);
      }
    }
    return this.#children.get(path) ?? [];
  }

  private fail(path: BytePath, what: Omit<Unexplained, 'path'>): false {
    this.problem = { path, ...what };
    return false;
  }
}

function inodeAfter(chain: NameChain, winner: number): Inode | null {
  return winner < 0 ? (chain.directory.initialEntries.get(chain.name) ?? null) : chain.effects[winner]!.to;
}
