import { readFileSync, statSync } from 'node:fs';
import type { Finding } from '../../verdict/finding.js';
import type { SourceExcerpt } from '../../verdict/results.js';

/** Lines kept above and below a line that a finding names. */
const neighbours = 3;
/** A line of generated code can be a whole program. */
const longestLine = 240;
const largestFile = 4 * 2 ** 20;

/**
 * The lines of the program that findings name, kept with the result: a report is read when the program has changed, or on
 * another machine.
 * @param files short names, as findings have them, to whole paths
 */
export function sourceExcerpts(
  findings: readonly Finding[],
  files: ReadonlyMap<string, string>,
): SourceExcerpt[] {
  const wanted = new Map<string, Set<number>>();
  for (const { cause, patch } of findings) {
    const named = cause.flatMap(({ at, called_from }) =>
      called_from === undefined ? [at] : [at, called_from],
    );
    for (const place of [...named, ...(patch ? [patch.after] : [])]) {
      const [, name, line] = /^(.+):(\d+)$/.exec(place) ?? [];
      if (name === undefined || !files.has(name)) continue;
      const numbers = wanted.get(name) ?? new Set();
      for (let n = Number(line) - neighbours; n <= Number(line) + neighbours; n++) numbers.add(n);
      wanted.set(name, numbers);
    }
  }
  return [...wanted].flatMap(([name, numbers]) => excerpt(name, files.get(name)!, numbers));
}

function excerpt(name: string, path: string, numbers: ReadonlySet<number>): SourceExcerpt[] {
  let text: string;
  try {
    if (statSync(path).size > largestFile) return [];
    text = readFileSync(path, 'utf8');
  } catch {
    // A file of the image the program ran in, or one it made for itself: not here.
    return [];
  }
  const lines = text
    .split('\n')
    .map((line, i) => ({ number: i + 1, text: line.slice(0, longestLine) }))
    .filter(({ number }) => numbers.has(number));
  return [{ name, path, lines }];
}
