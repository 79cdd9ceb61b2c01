import { pathBytes } from '../../syscalls/byte-path.js';
import type { SeenNode } from '../recovered-trees.js';
import type { LookLimits, Seen } from './recovery-messages.js';
import type { TreeEmptying } from './tree-emptying.js';
import { TreeStore } from './tree-store.js';

/**
 * Walks a recovered directory tree and keeps the contents of its files. Null when it has more names than the limits
 * allow; of files beyond the limit on bytes only the size is known.
 */
export type TreeWalk = (root: string, limits: LookLimits, store: TreeStore) => SeenNode[] | null;

/** Beginning to look takes as long as so many names do, and a name as long as so many bytes. */
const [namesALook, bytesAName] = [10, 1 << 16];

/**
 * Looks at all of recovered directory trees until that was enough: counted, since what is looked at may decide a verdict, and
 * no verdict hangs on how busy the machine is.
 */
export class TreeLook {
  readonly #store: TreeStore;
  #namesLeft: number;
  #nodes: readonly SeenNode[] = [];

  /** @param folder the lane's, where what is seen is written down */
  constructor(
    folder: string,
    private readonly limits: LookLimits,
    private readonly walk: TreeWalk,
    private readonly empty: TreeEmptying,
  ) {
    this.#store = new TreeStore(folder);
    this.#namesLeft = limits.names;
  }

  /** @param root where the file system is mounted */
  look(root: string): Seen {
    this.#nodes = [];
    if (this.#namesLeft <= 0) return { tree: null };
    const nodes = this.walk(root, this.limits, this.#store);
    const stuck = nodes && this.limits.empties ? this.empty(root) : null;
    this.#namesLeft -= this.#cost(nodes);
    this.#nodes = nodes ?? [];
    return nodes ? this.#store.keepTree(nodes, stuck) : { tree: null };
  }

  close(): void {
    this.#store.close();
  }

  #cost(nodes: readonly SeenNode[] | null): number {
    if (nodes === null) return namesALook + this.limits.entries;
    const bytes = nodes.reduce((sum, { size = 0 }) => sum + size, 0);
    const names = nodes.length + Math.min(bytes, this.limits.bytes) / bytesAName;
    return namesALook + (this.limits.empties ? 2 * names : names);
  }

  /** Paths of the files that were seen last, whose contents were read. */
  filesSeen(root: string): Buffer[] {
    return this.#nodes
      .filter(({ kind }) => kind === 'file')
      .map(({ path }) => Buffer.concat([Buffer.from(`${root}/`), pathBytes(path)]));
  }
}
