import type { Effect } from '../model/effect.js';
import type { History } from '../model/history.js';
import { entryPath, type Inode } from '../model/inode.js';
import { EntryMap } from '../model/view.js';
import { type BytePath, displayPath } from '../syscalls/byte-path.js';
import { isWhole, type Promised } from './promises.js';
import type { LeadsTo, ReadName } from './whole-versions.js';

/** A name that stands in a directory and that an `atomic` promise is about. */
export class AtomicName implements ReadName {
  /** Files that ever had this name. */
  readonly inodes = new Set<Inode>();
  readonly effects: Effect[] = [];

  constructor(
    readonly directory: Inode,
    readonly name: BytePath,
  ) {}

  end(leadsTo: LeadsTo): Inode | null {
    return leadsTo(this.directory, this.name);
  }
}

/** A search for a repair asks again and again about one history. */
const namesKnown = new WeakMap<readonly Effect[], { globs: string; names: AtomicName[] }>();

/** Every name that ever matched, with what decides it. */
export function atomicNames(history: History, promises: Promised): AtomicName[] {
  const key = [...promises.atomic, '', ...promises.ignore, '', ...(promises.linked?.atomic ?? [])].join('\n');
  const known = namesKnown.get(history.effects);
  if (known?.globs === key) return known.names;
  const names = namesWhere(history, (path) => isWhole(path, promises));
  namesKnown.set(history.effects, { globs: key, names });
  return names;
}

/** Those whose path is asked for and that ever led to a file. */
export function namesWhere(history: History, isAsked: (path: string) => boolean): AtomicName[] {
  // null: a name that is not asked for.
  const found = new EntryMap<AtomicName | null>();
  const note = (directory: Inode, name: string, inode: Inode | null): void => {
    let file = found.get(directory, name);
    if (file === undefined) {
      file = isAsked(displayPath(entryPath(directory, name))) ? new AtomicName(directory, name) : null;
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
