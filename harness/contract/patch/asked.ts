/** What a patch has to bring about: a sync call behind a line of the program. */
export interface Asked {
  /** The line that the call follows, as it stands in the file. */
  line: string;
  /** The whole file. */
  source: string;
  target: 'file' | 'directory';
  /** What is to be synced, from the workload's directory: `.`, `data/a`. */
  path: string;
}

/** A line in one language, indented as the one before it; null where the program's text does not tell how. */
export type PatchWriter = (asked: Asked) => string | null;

/** Whether a line is a whole statement, so that another may follow it: no bracket is left open. */
export function isWhole(line: string): boolean {
  const bare = line.replace(/'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|`(?:[^`\\]|\\.)*`/g, '');
  let open = 0;
  for (const character of bare) {
    if ('([{'.includes(character)) open++;
    if (')]}'.includes(character)) open--;
    if (open < 0) return false;
  }
  return open === 0;
}

/** The first group of the first pattern that matches. */
export function named(text: string, ...patterns: readonly RegExp[]): string | null {
  for (const pattern of patterns) {
    const found = pattern.exec(text)?.[1];
    if (found !== undefined) return found.trim();
  }
  return null;
}
