import type { EntryEffect } from '../model/effect.js';
import type { History } from '../model/history.js';
import type { Inode } from '../model/inode.js';
import { type BytePath, displayPath } from '../syscalls/byte-path.js';

/** Paths that are followed of one directory that goes by many. */
const mostPaths = 32;

/** Every path that ever led to something, by whatever names the directories on it had. */
export function everyName(history: Pick<History, 'root' | 'effects'>): ReadonlySet<string> {
  const names = new Set<string>();
  const later = new Map<Inode, EntryEffect[]>();
  for (const effect of history.effects) {
    if (effect.kind !== 'entry') continue;
    const known = later.get(effect.inode);
    if (known) known.push(effect);
    else later.set(effect.inode, [effect]);
  }
  const paths = new Map<Inode, Set<BytePath>>();
  const visit = (directory: Inode, above: BytePath): void => {
    const known = paths.get(directory) ?? new Set();
    if (known.has(above) || known.size >= mostPaths) return;
    paths.set(directory, known.add(above));
    const note = (name: BytePath, inode: Inode): void => {
      const path = above === '' ? name : `${above}/${name}`;
      names.add(displayPath(path));
      if (inode.kind === 'directory') visit(inode, path);
    };
    for (const [name, inode] of directory.initialEntries) note(name, inode);
    for (const { name, to } of later.get(directory) ?? []) if (to) note(name, to);
  };
  visit(history.root, '');
  return names;
}
