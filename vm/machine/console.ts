import { readFileSync } from 'node:fs';

const shownLines = 12;
const linesBefore = 3;

/** The lines of a guest's serial console, control characters taken out; empty when it said nothing. */
export function consoleLines(path: string): string[] {
  let text: string;
  try {
    text = readFileSync(path, 'latin1');
  } catch {
    return [];
  }
  return (
    text
      // biome-ignore lint/suspicious/noControlCharactersInRegex: a console's escape sequences are what is to go.
      .replace(/\x1b\[[0-9;?]*[A-Za-z]|\r/g, '')
      .split('\n')
      .map((line) => line.trimEnd())
      .filter((line) => line !== '')
  );
}

/** The last lines, or from the last complaint on. */
function lastConsoleLines(path: string): string[] {
  // Words of the stack say nothing to anybody; nor do frames that the kernel is not sure of.
  const lines = consoleLines(path).filter(
    (line) => !/^\s*(Stack:|[0-9a-f]{8}( [0-9a-f]{8})*|\[<[0-9a-f]+>\] \? .*)$/.test(line),
  );
  // What led to a panic and its first lines say why; the registers after them do not.
  const panic = lines.findLastIndex((line) => /Kernel panic|BUG:|Oops:|blocked for more than/.test(line));
  const from = Math.max(0, panic - linesBefore);
  return panic < 0 ? lines.slice(-shownLines) : lines.slice(from, from + shownLines);
}

/** How a guest's end is told: what happened, then what its console said last. */
export function withConsole(what: string, path: string): string {
  const lines = lastConsoleLines(path);
  if (lines.length === 0) return `${what}; its console is empty (${path})`;
  return `${what}; its console ended with:\n  ${lines.join('\n  ')}`;
}
