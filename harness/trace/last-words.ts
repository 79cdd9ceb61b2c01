const mostLines = 6;

/** What Node prints behind the message of an error that nobody caught: where it went through, and its own version. */
const nodesTail = /^\s+at .*\d+\)?$|^Node\.js v\d+\.\d+\.\d+$/;

/** The last lines a program printed on standard error that say something. */
export function lastWords(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '' && !nodesTail.test(line))
    .slice(-mostLines);
}
