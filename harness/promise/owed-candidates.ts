import type { CrashMoment } from '../model/allowed/crash-moment.js';
import type { FileContents } from '../model/allowed/file-contents.js';
import type { DirectoryTree, TreeNode } from '../model/directory-tree.js';
import type { Durability } from '../model/durability.js';
import type { History } from '../model/history.js';
import type { Inode } from '../model/inode.js';
import { NameChanges } from '../model/name-changes.js';
import { type BytePath, isAtOrBelow } from '../syscalls/byte-path.js';

/** With deeper trees, and with more files that one path may lead to, nothing is said. */
const most = 64;

/** What a path may lead to, and whether all names on it are durable, with nothing that could be there instead. */
export interface Leads {
  to: readonly Inode[];
  isDurable: boolean;
}

/**
 * What each path of a recovered tree may lead to: every file or directory that could have that name at the moment of the
 * crash and that may look like what is found there. Errs to one side: too many, never too few.
 */
export class Candidates {
  readonly #changes: NameChanges;
  readonly #doubted: readonly BytePath[];

  constructor(
    private readonly history: History,
    private readonly durable: Durability,
    private readonly contents: FileContents,
  ) {
    this.#doubted = history.doubts.flatMap(({ path }) => path ?? []);
    this.#changes = NameChanges.among(history.effects);
  }

  /** By path; without those of which nothing can be said. */
  in(tree: DirectoryTree, moment: CrashMoment): Map<BytePath, Leads> {
    const leading = new Map<BytePath, Leads>([['', { to: [this.history.root], isDurable: true }]]);
    for (const [path, node] of tree) {
      if (path === '' || this.#doubted.some((one) => isAtOrBelow(path, one))) continue;
      const slash = path.lastIndexOf('/');
      const above = leading.get(slash < 0 ? '' : path.slice(0, slash));
      if (!above) continue;
      const found = this.#below(above, path.slice(slash + 1), node, moment);
      const { length } = found.to;
      if (length > 0 && length <= most && path.split('/').length <= most) leading.set(path, found);
    }
    leading.delete('');
    return leading;
  }

  #below(above: Leads, name: BytePath, node: TreeNode, moment: CrashMoment): Leads {
    const found = new Set<Inode>();
    let { isDurable } = above;
    for (const directory of above.to) {
      let values: (Inode | null)[] = [directory.initialEntries.get(name) ?? null];
      for (const effect of this.#changes.of(directory, name)) {
        if (this.history.steps[effect.step]!.enter >= moment.begun) break;
        if (this.durable.since[effect.id]! < moment.returned) values = [];
        values.push(effect.to);
      }
      isDurable &&= values.length === 1;
      for (const inode of values) if (inode && this.#fits(inode, node, moment)) found.add(inode);
    }
    return { to: [...found], isDurable };
  }

  #fits(inode: Inode, { kind, content }: TreeNode, moment: CrashMoment): boolean {
    if (inode.kind !== kind) return false;
    return kind !== 'file' || content === null || this.contents.canHold(inode, content, moment);
  }
}
