import type { MutantsResult } from '../../harness/mutants/mutants-result.js';
import type { Outcome } from '../../harness/verdict/outcome.js';
import type { KeptRows } from './kept-rows.js';
import { table } from './kept-rows.js';

const head = ['scenario', 'noticed', 'superfluous', 'accepted', 'unknown', 'of deletions not noticed'];

/** docs/mutated-programs.md */
export function mutantsDocsPage(rows: KeptRows): string {
  return `# The shipped programs with their syncs taken away

Each sync call of a shipped right program is deleted, put behind the ack or the rename, or made on the file instead of the directory and the other way round, and the program's own test (the promise or checker of its scenario) judges again: [\`plugpull mutants\`](mutants.md). Right means that the test accepts the program as it is by the contract; a program that passes on its file system only by luck is none, and is not tested. Made by \`npm run campaign -- mutants\`.

- *noticed*: the test fails, as it should.
- *superfluous*: proven that no test can miss it.
- *accepted*: a crash may now leave something else, and the checker says that it is fine. Where a checker asks for what was acknowledged, and nothing was, that is so.

The last column has, of each deletion that was not noticed, the proof or a state that the test accepts. Displaced calls are in the counts; what each came to is in the document that the command leaves.

${table(head, rows.sorted())}
`;
}

/** Of a program that its own test does not accept as it is. */
export function untestedRow(scenario: string, outcome: Outcome): string[] {
  return [scenario, '-', '-', '-', '-', `not tested: ${outcome} as it is`];
}

/** What one program came to, as cells of a row. */
export function mutantsRow(scenario: string, { score, mutants }: MutantsResult): string[] {
  const left = mutants
    .filter(({ result, kind }) => result !== 'killed' && kind === 'sync_removed')
    .map(({ change, why, result, reason }) =>
      why === 'too_weak' ? `${change}: ${reason}` : `${change}: ${why ?? result}, ${reason}`,
    );
  const told = mutants.length === 0 ? ['it makes no sync call that succeeds'] : left;
  return [
    scenario,
    `${score.killed}`,
    `${score.superfluous}`,
    `${score.too_weak}`,
    `${score.unknown}`,
    told.join('; ').replaceAll('|', '\\|') || 'none',
  ];
}
