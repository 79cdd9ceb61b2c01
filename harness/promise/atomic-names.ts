import type { Effect } from '../model/effect.js';
import type { History } from '../model/history.js';
import { entryPath, type Inode } from '../model/inode.js';
import { EntryMap } from '../model/view.js';
import { displayPath } from '../syscalls/byte-path.js';
import type { AtomicName } from './file-versions.js';
import { isWhole, type Promised } from './promises.js';

/** A search for a repair asks again and again about one history. */
const namesKnown = new WeakMap<readonly Effect[], { globs: string; names: AtomicName[] }>();

/** Every name that ever matched, with what decides it. */
export function atomicNames(history: History, promises: Promised): AtomicName[] {
  const key = [...promises.atomic, '', ...promises.ignore, '', ...(promises.linked?.atomic ?? [])].join('\n');
  const known = namesKnown.get(history.effects);
  if (known?.globs === key) return known.names;
  const names = findAtomicNames(history, promises);
  namesKnown.set(history.effects, { globs: key, names });
  return names;
}

function findAtomicNames(history: History, promises: Promised): AtomicName[] {
  // null: a name that is not one of those promised.
  const found = new EntryMap<AtomicName | null>();
  const note = (directory: Inode, name: string, inode: Inode | null): void => {
    let file = found.get(directory, name);
    if (file === undefined) {
      const promised = isWhole(displayPath(entryPath(directory, name)), promises);
      file = promised ? { directory, name, inodes: new Set(), effects: [] } : null;
      found.set(directory, name, file);
    }
    if (file && inode) file.inodes.add(inode);
  };
  for (const directory of history.inodes) {
    for (const [name, inode] of directory.initialEntries) note(directory, name, inode);
  }
  for (const effect of history.effects)
    if (effect.kind === 'entry') note(effect.inode, effect.name, effect.to);
  const ofInode = new Map<Inode, AtomicName[]>();
  const files = [...found.values()].filter((file) => file !== null);
  for (const file of files) {
    for (const inode of file.inodes) ofInode.set(inode, [...(ofInode.get(inode) ?? []), file]);
  }
  for (const effect of history.effects) {
    if (effect.kind === 'entry') found.get(effect.inode, effect.name)?.effects.push(effect);
    else for (const file of ofInode.get(effect.inode) ?? []) file.effects.push(effect);
  }
  return files.filter(({ inodes }) => [...inodes].some(({ kind }) => kind === 'file'));
}
