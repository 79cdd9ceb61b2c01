/**
 * The distinct trees that recoveries ended in, and the crash states that showed them.
 *
 * Each lane writes two files into its folder: `trees.ndjson`, one SeenTree a line, and `tree-contents`, the bytes of
 * files, each different content once. Lanes know nothing of each other: a tree may be in both of two.
 */
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Content } from '../model/content.js';
import type { DirectoryTree } from '../model/directory-tree.js';
import type { InodeKind } from '../model/inode.js';
import type { BytePath } from '../syscalls/byte-path.js';
import type { Xattrs } from '../trace/attributes.js';
import { FileBytes } from '../trace/file-bytes.js';
import { readAt } from '../trace/read-at.js';
import type { Seen } from './lane/recovery-messages.js';
import type { Stuck } from './lane/tree-emptying.js';

export const treesFile = 'trees.ndjson';
export const contentsFile = 'tree-contents';

export interface SeenNode {
  path: BytePath;
  kind: InodeKind;
  /** Position of the first node that is the same file. */
  file: number;
  size?: number;
  /** Digest of a file's bytes; absent where there were too many to read. */
  content?: string;
  target?: BytePath;
  /** Permission bits, owner and, of what is no directory, the count of links. */
  mode?: number;
  uid?: number;
  gid?: number;
  links?: number;
  /** Extended attributes that a promise can speak of; absent where there are none. */
  xattrs?: Xattrs;
  /** Why it could not be looked at: the errno's name. */
  error?: string;
}

export interface SeenTree {
  digest: string;
  nodes: SeenNode[];
  /** Where each content lies in `tree-contents`. */
  contents: Record<string, StoredContent>;
  /** Where it could not be emptied, where that was tried. */
  stuck?: Stuck;
}

/** Bytes at `offset` of a file, which lie at `at` in `tree-contents`. */
export type ContentRange = [offset: number, at: number, length: number];

export interface StoredContent {
  size: number;
  /** In order; zeros everywhere else. */
  ranges: ContentRange[];
}

/** A tree as the persistence models know it, and which of its paths could not be read. */
export interface RecoveredTree {
  nodes: DirectoryTree;
  unreadable: ReadonlyMap<BytePath, string>;
  /** Where it could not be emptied and written to again; null where it could, and where nobody tried. */
  stuck: Stuck | null;
}

/** A crash state: its crash point and the pieces that were lost. */
export interface SeenState {
  point: number;
  lost: number[];
  /** With a write torn. */
  torn?: boolean;
}

export type SeenAt = [digest: string, states: SeenState[]][];

export class RecoveredTrees {
  /** By digest, then by crash point: the state that showed the tree first. */
  readonly #states = new Map<string, Map<number, SeenState>>();
  readonly #folders: string[] = [];
  #missed = 0;

  /** Takes note of what a lane saw. `lost` is asked for only when the tree is new at this crash point. */
  note(seen: Seen, point: number, lost: () => number[]): void {
    if (seen.tree === null) {
      this.#missed++;
      return;
    }
    let states = this.#states.get(seen.tree);
    if (!states) {
      states = new Map();
      this.#states.set(seen.tree, states);
    }
    const known = states.get(point);
    // One of whole writes says more: models speak of those.
    if (known && !(known.torn && !seen.torn)) return;
    states.set(point, { point, lost: lost(), ...(seen.torn ? { torn: true } : {}) });
  }

  addLane(folder: string): void {
    this.#folders.push(folder);
  }

  /** By their digests, all trees with the states that showed them. */
  get seen(): SeenAt {
    return [...this.#states].map(([digest, states]) => [digest, [...states.values()]]);
  }

  /** What others saw: their trees lie in folders like a lane's. */
  takeOver({ seen, missed, folders }: Pick<RecoveredTrees, 'seen' | 'missed' | 'folders'>): void {
    for (const folder of folders) this.addLane(folder);
    this.#missed += missed;
    for (const [tree, states] of seen)
      for (const { point, lost, torn } of states)
        this.note({ tree, ...(torn ? { torn } : {}) }, point, () => lost);
  }

  /** Where lanes write trees down; in a guest's folder all of them are there when its lane has ended. */
  get folders(): readonly string[] {
    return this.#folders;
  }

  /** Recoveries whose trees the limits kept from being looked at. */
  get missed(): number {
    return this.#missed;
  }

  get distinct(): number {
    return this.#states.size;
  }

  /** Of them, those that were seen with all writes whole. */
  get distinctWhole(): number {
    return [...this.#states.values()].filter((states) => [...states.values()].some(({ torn }) => !torn))
      .length;
  }

  /** Each tree with a state for each crash point it was seen at. */
  *[Symbol.iterator](): Generator<{ digest: string; tree: RecoveredTree; states: SeenState[] }> {
    const left = new Set(this.#states.keys());
    const contents = new Map<string, Content>();
    for (const folder of this.#folders) {
      if (!existsSync(join(folder, treesFile))) continue;
      const fd = openSync(join(folder, contentsFile), 'r');
      try {
        for (const line of readFileSync(join(folder, treesFile), 'utf8').split('\n')) {
          if (line === '') continue;
          const seen = JSON.parse(line) as SeenTree;
          if (!left.delete(seen.digest)) continue;
          const states = [...this.#states.get(seen.digest)!.values()].sort((a, b) => a.point - b.point);
          yield { digest: seen.digest, tree: recoveredTree(seen, fd, contents), states };
        }
      } finally {
        closeSync(fd);
      }
    }
  }
}

/** Equal contents become one object, so that whoever compares bytes need not do it twice. */
function recoveredTree(seen: SeenTree, fd: number, contents: Map<string, Content>): RecoveredTree {
  const contentOf = (digest: string): Content => {
    let content = contents.get(digest);
    if (!content) {
      const { size, ranges } = seen.contents[digest]!;
      const data = ranges.map(([offset, at, length]) => {
        const bytes = Buffer.alloc(length);
        if (readAt(fd, bytes, at) < length)
          throw new Error(`${contentsFile} is shorter than ${treesFile} says`);
        return { offset, bytes };
      });
      content = Content.of(new FileBytes(size, data));
      contents.set(digest, content);
    }
    return content;
  };
  const nodes: DirectoryTree = new Map();
  const unreadable = new Map<BytePath, string>();
  for (const { path, kind, file, content, target, error, mode, uid, gid, links, xattrs } of seen.nodes) {
    if (error !== undefined) unreadable.set(path, error);
    nodes.set(path, {
      kind,
      identity: file,
      mode: mode ?? 0,
      ...(uid === undefined || gid === undefined ? {} : { owner: { uid, gid }, xattrs: xattrs ?? {} }),
      ...(links === undefined ? {} : { links }),
      content: content === undefined ? null : contentOf(content),
      target: target ?? null,
    });
  }
  return { nodes, unreadable, stuck: seen.stuck ?? null };
}
