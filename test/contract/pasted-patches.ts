import type { Patch } from '../../harness/verdict/finding.js';

/** A program's text with the lines pasted as they are printed: behind their place, indented as the line before. */
export function paste(source: string, patches: readonly Patch[]): string {
  const lines = source.split('\n');
  const numbered = patches.map(({ after, line }) => ({ number: Number(after.split(':').at(-1)), line }));
  for (const { number, line } of numbered.sort((a, b) => b.number - a.number)) {
    const [indent] = /^\s*/.exec(lines[number - 1]!)!;
    lines.splice(number, 0, `${indent}${line}`);
  }
  return lines.join('\n');
}
