/**
 * What the kernel's own tests ask of a recovered tree as a whole, whatever the calls were: link counts agree with the
 * names there are, and each directory can be emptied and written to again.
 *
 * Source: xfstests, generic tests of log replay (link counts, stale directory entries that keep rmdir(2) from its work).
 */
import type { DirectoryTree } from '../model/directory-tree.js';
import { type BytePath, displayPath } from '../syscalls/byte-path.js';

export interface UnsoundTree {
  path: BytePath;
  what: string;
}

/** The first path that is not sound; null when all are. */
export function unsoundness(
  tree: DirectoryTree,
  unreadable: ReadonlyMap<BytePath, string>,
  stuck: { path: BytePath; error: string } | null,
): UnsoundTree | null {
  const names = new Map<string | number, { path: BytePath; links: number; count: number }>();
  for (const [path, { identity, links }] of tree) {
    if (links === undefined || unreadable.has(path)) continue;
    const known = names.get(identity);
    if (known) known.count++;
    else names.set(identity, { path, links, count: 1 });
  }
  // A directory that cannot be read may hold the names that are missing.
  if (unreadable.size === 0)
    for (const { path, links, count } of names.values())
      if (links !== count)
        return {
          path,
          what: `the link count of ${displayPath(path)} is ${links}, and it has ${count} names`,
        };
  if (!stuck) return null;
  const { path, error } = stuck;
  const shown = displayPath(path === '' ? '.' : path);
  return { path, what: `${shown} cannot be emptied and written to again (${error})` };
}
