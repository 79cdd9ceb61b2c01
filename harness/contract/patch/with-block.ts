import { isWhole } from './asked.js';

/**
 * Where a line goes that has to follow what another one did. Python does what is left to write at the end of a `with`
 * block and names the line that opened it: behind the block's last line the file is still open.
 *
 * @param number the line, from 1
 */
export function endOfWithBlock(lines: readonly string[], number: number): number {
  const header = lines[number - 1];
  if (header === undefined || !isHeader(header)) return number;
  let last = number;
  for (let next = number + 1; next <= lines.length; next++) {
    const text = lines[next - 1]!;
    if (text.trim() === '') continue;
    if (indentOf(text) <= indentOf(header)) break;
    last = next;
  }
  return last;
}

/**
 * Where a line goes that has to follow what a `with` block's first line did at once, as opening a file does: behind the
 * first statement in it, since an ack may come before its end.
 *
 * @returns the line itself where it opens no block; null where the first statement is not one that surely tells nobody
 */
export function startOfWithBlock(lines: readonly string[], number: number): number | null {
  const header = lines[number - 1];
  if (header === undefined || !isHeader(header)) return number;
  const first = lines.findIndex((text, index) => index >= number && text.trim() !== '');
  const quiet = /^\s*\w+\.(?:write|writelines|seek|truncate|flush|dump|writerow|writerows)\(.*\)\s*(?:#.*)?$/;
  return first >= 0 && quiet.test(lines[first]!) && isWhole(lines[first]!) ? first + 1 : null;
}

function isHeader(line: string): boolean {
  return /^\s*(?:async\s+)?with\b.*:\s*(?:#.*)?$/.test(line);
}

function indentOf(text: string): number {
  return text.length - text.trimStart().length;
}
