import { readFileSync } from 'node:fs';

const shownLines = 12;

/** The last lines of a guest's serial console, control characters taken out; empty when it said nothing. */
export function lastConsoleLines(path: string): string[] {
  let text: string;
  try {
    text = readFileSync(path, 'latin1');
  } catch {
    return [];
  }
  const lines = text
    // biome-ignore lint/suspicious/noControlCharactersInRegex: a console's escape sequences are what is to go.
    .replace(/\x1b\[[0-9;?]*[A-Za-z]|\r/g, '')
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '');
  // A panic's first lines say why; the registers after them do not.
  const panic = lines.findLastIndex((line) => /Kernel panic|BUG:|Oops:|blocked for more than/.test(line));
  return panic < 0 ? lines.slice(-shownLines) : lines.slice(panic, panic + shownLines);
}

/** How a guest's end is told: what happened, then what its console said last. */
export function withConsole(what: string, path: string): string {
  const lines = lastConsoleLines(path);
  if (lines.length === 0) return `${what}; its console is empty (${path})`;
  return `${what}; its console ended with:\n  ${lines.join('\n  ')}`;
}
