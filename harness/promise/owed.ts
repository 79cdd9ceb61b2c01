/**
 * The promise `owed`: what a storage owes to a program that made these calls, whatever the program promised to others.
 *
 * Each sync call that returned is judged at every crash point after it. Given what the calls did, a tree that a recovery
 * ended in and the moment of the crash, the judge names the call that owed what is not there. It knows nothing of file
 * systems. Guarantees that what no call asked for is demanded of nobody.
 */
import { AllowedStates } from '../model/allowed/allowed-states.js';
import type { CrashMoment } from '../model/allowed/crash-moment.js';
import { FileContents } from '../model/allowed/file-contents.js';
import type { NameFault } from '../model/allowed/name-puzzle.js';
import type { DirectoryTree } from '../model/directory-tree.js';
import { durability } from '../model/durability.js';
import type { History, Step } from '../model/history.js';
import type { Inode } from '../model/inode.js';
import type { PersistenceModel } from '../model/persistence-model.js';
import { type BytePath, displayPath } from '../syscalls/byte-path.js';
import { OwedAttributes } from './owed-attributes.js';
import { type OwedBreach, owedBreach } from './owed-breach.js';
import { Candidates } from './owed-candidates.js';
import { DurableFiles } from './owed-linux.js';
import { type OwedRules, owedByLinux, owedByPosix } from './owed-rules.js';
import { unsoundness } from './owed-whole.js';

/** `undecided`: names could have survived in too many ways to try them all, or not all that was done is known. */
export interface OwedAnswer {
  breach: OwedBreach | null;
  undecided: boolean;
}

/** A tree as it is found after recovery, and which of its paths could not be read, with the errno's name. */
export interface FoundTree {
  nodes: DirectoryTree;
  unreadable: ReadonlyMap<BytePath, string>;
  /** Where it could not be emptied; null where it could, and where nobody tried. */
  stuck?: { path: BytePath; error: string } | null;
}

export class OwedJudge {
  readonly #posix: AllowedStates;
  readonly #candidates: Candidates;
  readonly #attributes: OwedAttributes;
  /** Absent where only the texts are asked. */
  readonly #linux: { names: AllowedStates; files: DurableFiles } | null;

  /** @param rules `linux` asks what the kernel's tests ask beside what the texts owe */
  constructor(
    private readonly history: History,
    rules: OwedRules,
  ) {
    this.#posix = new AllowedStates(history, owedByPosix);
    const durable = durability(history, owedByPosix);
    const contents = new FileContents(history, owedByPosix, durable);
    this.#candidates = new Candidates(history, durable, contents);
    this.#attributes = new OwedAttributes(history, durable);
    this.#linux =
      rules === 'linux'
        ? {
            names: new AllowedStates(history, owedByLinux),
            files: new DurableFiles(history, durable, contents),
          }
        : null;
  }

  /** The first breach in a tree that a crash at that moment left; what the texts owe comes first. */
  judge(tree: FoundTree, moment: CrashMoment): OwedAnswer {
    const posix = this.#posix.allows(tree.nodes, { moment, unreadable: tree.unreadable });
    if (!posix.allowed) return found(this.#breach(owedByPosix, tree, moment, posix));
    if (posix.undecided) return { breach: null, undecided: true };
    const lesser = this.#lesser(tree, moment);
    if (lesser) return found(lesser);
    if (!this.#linux) return { breach: null, undecided: false };
    const { names, files } = this.#linux;
    const linux = names.allows(tree.nodes, { moment, unreadable: tree.unreadable });
    if (!linux.allowed) return found(this.#breach(owedByLinux, tree, moment, linux));
    const [lost] = files.lost(tree.nodes, moment);
    if (lost) {
      const { path, durable } = lost;
      const call = durable === null ? null : this.history.steps[durable.step]!;
      return found(owedBreach('linux', { path, fault: 'file', call }));
    }
    const unsound = unsoundness(tree.nodes, tree.unreadable, tree.stuck ?? null);
    if (unsound) return found(owedBreach('linux', { path: unsound.path, fault: 'unsound' }, unsound.what));
    return { breach: null, undecided: linux.undecided ?? false };
  }

  /** Attributes that are owed, and names that lead to one file. */
  #lesser({ nodes, unreadable }: FoundTree, moment: CrashMoment): OwedBreach | null {
    const single = new Map<Inode, { path: BytePath; identity: string | number }>();
    for (const [path, { to: candidates, isDurable }] of this.#candidates.in(nodes, moment)) {
      const node = nodes.get(path)!;
      if (unreadable.has(path)) continue;
      const strange = candidates.map((inode) => this.#attributes.breach(inode, path, node, moment));
      const [first] = strange;
      if (first && strange.every((one) => one !== null)) {
        const { call, what } = first;
        return owedBreach('posix', { path, fault: 'attributes', call }, what);
      }
      const [only] = candidates;
      if (!isDurable || only!.kind !== 'file') continue;
      const known = single.get(only!);
      if (known && known.identity !== node.identity)
        return owedBreach('posix', { path, fault: 'other_file' }, displayPath(known.path));
      single.set(only!, { path, identity: node.identity });
    }
    return null;
  }

  #breach(
    model: PersistenceModel,
    tree: FoundTree,
    moment: CrashMoment,
    { path, fault }: { path: BytePath; fault: NameFault },
  ): OwedBreach {
    const call = this.#owingCall(model, tree, moment);
    return owedBreach(model === owedByPosix ? 'posix' : 'linux', { path, fault, call });
  }

  /** With the calls up to this one the tree is a breach, with those before it none; null when it is one without any. */
  #owingCall(model: PersistenceModel, { nodes, unreadable }: FoundTree, moment: CrashMoment): Step | null {
    const calls = this.history.steps.filter(({ sync, exit }) => sync !== null && exit < moment.returned);
    const isBreach = (kept: number): boolean => {
      const removed = new Set(calls.slice(kept).map(({ index }) => index));
      const states = new AllowedStates(this.history, model, { added: [], removed });
      return !states.allows(nodes, { moment, unreadable }).allowed;
    };
    if (isBreach(0)) return null;
    let without = 0;
    let including = calls.length;
    while (including - without > 1) {
      const middle = (without + including) >> 1;
      if (isBreach(middle)) including = middle;
      else without = middle;
    }
    return calls[including - 1] ?? null;
  }
}

function found(breach: OwedBreach): OwedAnswer {
  return { breach, undecided: false };
}
