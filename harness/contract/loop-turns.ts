import type { History } from '../model/history.js';
import { entryPath, type Inode } from '../model/inode.js';
import { displayPath } from '../syscalls/byte-path.js';

/**
 * Strips what differs from one turn of a loop, or from one run, to the next: numbers, and temporary names, which are
 * told by what becomes of them (a name made in the run and then renamed), not by how they look.
 */
export class LoopTurns {
  private readonly temporary: ReadonlyMap<string, string>;

  constructor(history: History) {
    this.temporary = temporaryNames(history);
  }

  strip(words: string): string {
    const named =
      this.temporary.size === 0
        ? words
        : words.replace(/[^\s(),]+/g, (word) => {
            const final = this.temporary.get(word);
            return final === undefined ? word : `a new ${final}`;
          });
    return withoutNumbers(named);
  }
}

/** Numbers and long hexadecimal words, of which one mistake has as many as it has turns. */
export function withoutNumbers(words: string): string {
  return words.replace(/(?=[a-f]*[0-9])[0-9a-f]{8,}|[0-9]+/g, '#');
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
