import { readFileSync } from 'node:fs';

/**
 * Where a sync call goes that has to follow what a line did. Python does what is left to write at the end of a `with`
 * block and names the line that opened it; the call goes behind the block's last line, while the file is still open.
 *
 * @param after `prog.py:12`
 * @param path the whole path of that file, if it is known
 */
export function patchPlace(after: string, path: string | undefined): string {
  const [, name, line] = /^(.*\.py):(\d+)$/.exec(after) ?? [];
  if (name === undefined || path === undefined) return after;
  const lines = linesOf(path);
  const header = lines[Number(line) - 1];
  if (header === undefined || !/^\s*(?:async\s+)?with\b.*:\s*(?:#.*)?$/.test(header)) return after;
  let last = Number(line);
  for (let number = last + 1; number <= lines.length; number++) {
    const text = lines[number - 1]!;
    if (text.trim() === '') continue;
    if (indentOf(text) <= indentOf(header)) break;
    last = number;
  }
  return `${name}:${last}`;
}

function linesOf(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\n');
  } catch {
    // The program may have run elsewhere.
    return [];
  }
}

function indentOf(text: string): number {
  return text.length - text.trimStart().length;
}
