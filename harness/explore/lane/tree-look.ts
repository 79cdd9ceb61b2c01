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

/** Looks at all of recovered directory trees, as long as the time for it lasts. */
export class TreeLook {
  readonly #store: TreeStore;
  #leftMs: number;
  #nodes: readonly SeenNode[] = [];

  /** @param folder the lane's, where what is seen is written down */
  constructor(
    folder: string,
    private readonly limits: LookLimits,
    private readonly walk: TreeWalk,
    private readonly empty: TreeEmptying,
  ) {
    this.#store = new TreeStore(folder);
    this.#leftMs = limits.totalMs;
  }

  /** @param root where the file system is mounted */
  look(root: string): Seen {
    this.#nodes = [];
    if (this.#leftMs <= 0) return { tree: null };
    const started = performance.now();
    const nodes = this.walk(root, this.limits, this.#store);
    const stuck = nodes && this.limits.empties ? this.empty(root) : null;
    this.#leftMs -= performance.now() - started;
    this.#nodes = nodes ?? [];
    return nodes ? this.#store.keepTree(nodes, stuck) : { tree: null };
  }

  close(): void {
    this.#store.close();
  }

  /** Paths of the files that were seen last, whose contents were read. */
  filesSeen(root: string): Buffer[] {
    return this.#nodes
      .filter(({ kind }) => kind === 'file')
      .map(({ path }) => Buffer.concat([Buffer.from(`${root}/`), pathBytes(path)]));
  }
}
