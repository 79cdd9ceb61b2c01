import { posix } from 'node:path';
import type { History } from '../../model/history.js';
import { entryPath, type Inode, pathOf } from '../../model/inode.js';
import { displayPath } from '../../syscalls/byte-path.js';

/**
 * Strips what differs from one turn of a loop, or from one run, to the next: numbers; temporary names, which are told by
 * what becomes of them (a name made in the run and then renamed), not by how they look; and folders that share out files
 * named for their contents (`objects/8b`), which are told by what is in them.
 */
export class LoopTurns {
  private readonly temporary: ReadonlyMap<string, string>;
  private readonly sharing: ReadonlySet<string>;

  constructor(history: History) {
    this.temporary = temporaryNames(history);
    this.sharing = sharingFolders(history, this.temporary);
  }

  strip(words: string): string {
    const named =
      this.temporary.size === 0 && this.sharing.size === 0
        ? words
        : words.replace(/[^\s(),]+/g, (word) => {
            const final = this.temporary.get(word);
            return final === undefined ? this.withoutShares(word) : `a new ${this.withoutShares(final)}`;
          });
    return withoutNumbers(named);
  }

  private withoutShares(path: string): string {
    if (this.sharing.size === 0) return path;
    let end = -1;
    return path
      .split('/')
      .map((name) => {
        end += name.length + 1;
        return this.sharing.has(path.slice(0, end)) ? '#' : name;
      })
      .join('/');
  }
}

/** Numbers and long hexadecimal words, of which one mistake has as many as it has turns. */
export function withoutNumbers(words: string): string {
  return words.replace(/(?=[a-f]*[0-9])[0-9a-f]{8,}|[0-9]+/g, '#');
}

/** The beginning of a digest, and what is left of one. */
const [shareName, digestName] = [/^[0-9a-f]{1,4}$/, /^[0-9a-f]{16,}/];

/** Folders named by the beginning of a digest into which only the rest of one, or another such folder, was put. */
function sharingFolders({ effects }: History, temporary: ReadonlyMap<string, string>): Set<string> {
  const put = new Map<string, { path: string; name: string }[]>();
  for (const effect of effects) {
    if (effect.kind !== 'entry' || effect.to === null) continue;
    const folder = displayPath(pathOf(effect.inode));
    if (!shareName.test(posix.basename(folder))) continue;
    const path = displayPath(entryPath(effect.inode, effect.name));
    if (temporary.has(path)) continue;
    const things = put.get(folder) ?? [];
    put.set(folder, things);
    things.push({ path, name: displayPath(effect.name) });
  }
  const found = new Set<string>();
  // The deepest first: what is above asks for what is below.
  for (const [folder, things] of [...put].sort(([a], [b]) => b.length - a.length))
    if (things.every(({ path, name }) => digestName.test(name) || found.has(path))) found.add(folder);
  return found;
}

/** Names that were made in the run and renamed to another one, or linked to it and removed, with that one. */
function temporaryNames(history: History): Map<string, string> {
  const made = new Set<string>();
  const found = new Map<string, string>();
  /** The last name that a file was given. */
  const given = new Map<Inode, string>();
  for (const { effects } of history.steps) {
    for (const effect of effects) {
      if (effect.kind !== 'entry') continue;
      const path = displayPath(entryPath(effect.inode, effect.name));
      if (effect.to !== null && effect.group === null && effect.to.initial === null) made.add(path);
      if (effect.to !== null) given.set(effect.to, path);
      if (effect.from === null || effect.to !== null || !made.has(path)) continue;
      const final = effect.movedBy === null ? given.get(effect.from) : nameGivenBy(history, effect.movedBy);
      if (final !== undefined && final !== path) found.set(path, final);
    }
  }
  return found;
}

function nameGivenBy({ effects }: History, id: number): string | undefined {
  const arrival = effects[id]!;
  return arrival.kind === 'entry' ? displayPath(entryPath(arrival.inode, arrival.name)) : undefined;
}
