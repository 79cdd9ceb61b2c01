/** Of more words than these nobody has to choose. */
const mostWords = 3;

/**
 * The known words that somebody may have meant, all equally near: at most a third of the letters differ. Of a word of three
 * letters none may be another (zfs is not a slip for xfs). None where none is near, or too many are.
 */
export function nearestWords(word: string, known: readonly string[]): string[] {
  const near = [...new Set(known)]
    .map((other) => ({ other, edits: editsBetween(word, other) }))
    .filter(
      ({ other, edits }) =>
        edits <= Math.max(1, Math.floor(other.length / 3)) && (other.length > 3 || isSlip(word, other)),
    );
  const fewest = Math.min(...near.map(({ edits }) => edits));
  const nearest = near.filter(({ edits }) => edits === fewest).map(({ other }) => other);
  return nearest.length > mostWords ? [] : nearest;
}

/** `: did you mean ext2, ext3 or ext4?`; empty without words. */
export function didYouMean(words: readonly string[]): string {
  if (words.length === 0) return '';
  return `: did you mean ${[words.slice(0, -1).join(', '), words.at(-1)].filter(Boolean).join(' or ')}?`;
}

/** A letter too many or too few, or two in the wrong order. */
function isSlip(word: string, other: string): boolean {
  return word.length !== other.length || [...word].sort().join('') === [...other].sort().join('');
}

/** Letters to insert, remove, replace, or swap with the next (optimal string alignment), row by row. */
function editsBetween(from: string, to: string): number {
  let before: number[] = [];
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const replaced = row[j - 1]! + (from[i - 1] === to[j - 1] ? 0 : 1);
      const isSwapped = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1];
      const swapped = isSwapped ? before[j - 2]! + 1 : replaced;
      next.push(Math.min(replaced, swapped, row[j]! + 1, next[j - 1]! + 1));
    }
    before = row;
    row = next;
  }
  return row[to.length]!;
}
