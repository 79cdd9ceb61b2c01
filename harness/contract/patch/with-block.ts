/**
 * Where a line goes that has to follow what another one did. Python does what is left to write at the end of a `with`
 * block and names the line that opened it: behind the block's last line the file is still open.
 *
 * @param number the line, from 1
 */
export function endOfWithBlock(lines: readonly string[], number: number): number {
  const header = lines[number - 1];
  if (header === undefined || !/^\s*(?:async\s+)?with\b.*:\s*(?:#.*)?$/.test(header)) return number;
  let last = number;
  for (let next = number + 1; next <= lines.length; next++) {
    const text = lines[next - 1]!;
    if (text.trim() === '') continue;
    if (indentOf(text) <= indentOf(header)) break;
    last = next;
  }
  return last;
}

function indentOf(text: string): number {
  return text.length - text.trimStart().length;
}
