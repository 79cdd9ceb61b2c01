/** A name under which files are read through symbolic links that lead elsewhere at other times: what decides what is read. */
import type { History } from '../model/history.js';
import type { Inode } from '../model/inode.js';
import { NameChanges } from '../model/name-changes.js';
import { EntryMap } from '../model/view.js';
import { type BytePath, toBytePath } from '../syscalls/byte-path.js';
import { into, nextStep, type Walk } from './links.js';
import type { LeadsTo, ReadName } from './whole-versions.js';

export interface LinkedName extends ReadName {
  path: string;
  /** Why not all of that is known; null when it is. */
  doubt: string | null;
}

/** Names on the way, of all links that were ever on it, that are followed. */
const mostNames = 1000;

export function linkedName(history: History, path: string, rootPath: string | null): LinkedName {
  const changes = NameChanges.among(history.effects);
  const names = new EntryMap<true>();
  const inodes = new Set<Inode>();
  let count = 0;
  const base = { root: history.root, rootPath: rootPath === null ? null : toBytePath(rootPath) };
  const follow = (walk: Walk<Inode>, led: (directory: Inode, name: BytePath) => Iterable<Inode>): Inode[] => {
    const step = nextStep(walk);
    if (step.ended) return step.place ? [step.place] : [];
    const { place, name } = step;
    if (place.kind !== 'directory') return [];
    return [...led(place, name)].flatMap((inode) => {
      const next = into(step, { place: inode, target: inode.kind === 'symlink' ? inode.target : null }, base);
      return next ? follow(next, led) : [];
    });
  };
  const start: Walk<Inode> = { above: [history.root], rest: toBytePath(path), links: 0 };
  const ends = follow(start, (directory, name) => {
    if (!names.get(directory, name)) count++;
    names.set(directory, name, true);
    return count > mostNames ? [] : changes.everUnder(directory, name);
  });
  for (const end of ends) if (end.kind === 'file') inodes.add(end);
  const effects = history.effects.filter((effect) =>
    effect.kind === 'entry'
      ? names.get(effect.inode, effect.name) === true
      : effect.kind !== 'attributes' && inodes.has(effect.inode),
  );
  return {
    ...{ path, inodes, effects },
    doubt: count > mostNames ? 'too many names lie on its way through symbolic links' : null,
    end(leadsTo: LeadsTo) {
      const [end = null] = follow(start, (directory, name) => {
        const inode = leadsTo(directory, name);
        return inode ? [inode] : [];
      });
      return end;
    },
  };
}
