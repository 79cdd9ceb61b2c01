import { displayPath } from '../syscalls/byte-path.js';
import { compareTrees, type DirectoryTree } from './directory-tree.js';
import type { History } from './history.js';
import { treeOf } from './logical-state.js';

/**
 * How the tree that the replay ends in differs from the one really left, one line each. A difference is a fault of
 * ours: then nothing is known of what the calls did. Files whose bytes the trace does not tell are not compared.
 */
export function replayDifferences(history: History, final: DirectoryTree): string[] {
  const opaque = new Set<string>();
  const expected = treeOf(history.root);
  for (const [path, node] of expected) {
    if (typeof node.identity !== 'number') continue;
    const inode = history.inodes[node.identity]!;
    if (inode.opaque || inode.storeDoubts.some(({ until }) => until === Number.POSITIVE_INFINITY))
      opaque.add(path);
  }
  const doubted = history.doubts.flatMap(({ path }) => (path === null ? [] : [displayPath(path)]));
  return compareTrees(expected, final, { ignoreContentOf: (path) => opaque.has(path) }).filter(
    (line) => !doubted.some((path) => line.startsWith(`${path} `)),
  );
}
