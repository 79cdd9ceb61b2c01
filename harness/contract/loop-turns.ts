import type { History } from '../model/history.js';
import { entryPath } from '../model/inode.js';
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

/** Names that were made in the run and renamed to another one, with that one. */
function temporaryNames(history: History): Map<string, string> {
  const made = new Set<string>();
  const found = new Map<string, string>();
  for (const { effects } of history.steps) {
    for (const effect of effects) {
      if (effect.kind !== 'entry') continue;
      const path = displayPath(entryPath(effect.inode, effect.name));
      if (effect.to !== null && effect.group === null && effect.to.initial === null) made.add(path);
      if (effect.movedBy === null || effect.to !== null || !made.has(path)) continue;
      const arrival = history.effects[effect.movedBy]!;
      if (arrival.kind === 'entry') found.set(path, displayPath(entryPath(arrival.inode, arrival.name)));
    }
  }
  return found;
}
