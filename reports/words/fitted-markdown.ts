/** GitHub refuses a step's summary of more than 1 MiB: Markdown ends at a row, and says so. */

export const mostBytes = 2 ** 20;
/** For what is said at the end. */
const reserveBytes = 1000;

/** A piece that is there whole or not at all. */
export interface Block {
  text: string;
  kind: 'head' | 'row' | 'finding' | 'notes';
}

export function fitted(blocks: readonly Block[]): string {
  const kept: string[] = [];
  let bytes = 0;
  for (const [i, { text }] of blocks.entries()) {
    bytes += Buffer.byteLength(text);
    if (bytes > mostBytes - reserveBytes) {
      const left = blocks.slice(i);
      const counts = (['row', 'finding', 'notes'] as const)
        .map((kind) => [kind, left.filter((block) => block.kind === kind).length] as const)
        .filter(([, count]) => count > 0)
        .map(
          ([kind, count]) =>
            `${count} ${{ row: 'rows', finding: 'findings', notes: 'lists of notes' }[kind]}`,
        );
      return `${kept.join('')}\n**Cut here**, under the limit of 1 MiB: left out are ${counts.join(', ')}. The results folder has them all.\n`;
    }
    kept.push(text);
  }
  return kept.join('');
}
