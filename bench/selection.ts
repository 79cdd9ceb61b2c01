import { UsageError } from '../harness/verdict/errors.js';

/** What the given words select: a whole name, or the beginning of some. Everything without a word. */
export function select<T extends { name: string }>(all: readonly T[], words: readonly string[]): T[] {
  for (const word of words) {
    if (!all.some(({ name }) => name.startsWith(word))) {
      throw new UsageError(
        `expected one of ${all.map(({ name }) => name).join(', ')} or the beginning of some, got ${word}`,
      );
    }
  }
  if (words.length === 0) return [...all];
  return all.filter(({ name }) => words.some((word) => name === word || name.startsWith(word)));
}
