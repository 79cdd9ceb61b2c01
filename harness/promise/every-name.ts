import type { History } from '../model/history.js';
import type { Inode } from '../model/inode.js';
import { NameChanges } from '../model/name-changes.js';
import { type BytePath, displayPath } from '../syscalls/byte-path.js';

/** Paths that are followed of one directory that goes by many. */
const mostPaths = 32;

/** Every path that ever led to something, by whatever names the directories on it had. */
export function everyName(history: Pick<History, 'root' | 'effects'>): ReadonlySet<string> {
  const names = new Set<string>();
  const changes = NameChanges.among(history.effects);
  const paths = new Map<Inode, Set<BytePath>>();
  const visit = (directory: Inode, above: BytePath): void => {
    const known = paths.get(directory) ?? new Set();
    if (known.has(above) || known.size >= mostPaths) return;
    paths.set(directory, known.add(above));
    for (const [name, inodes] of changes.everIn(directory)) {
      if (inodes.size === 0) continue;
      const path = above === '' ? name : `${above}/${name}`;
      names.add(displayPath(path));
      for (const inode of inodes) if (inode.kind === 'directory') visit(inode, path);
    }
  };
  visit(history.root, '');
  return names;
}
