import { basename } from 'node:path';
import type { Mutant, MutantsResult } from '../../harness/mutants/mutants-result.js';
import type { Outcome } from '../../harness/verdict/outcome.js';
import type { KeptRows } from './kept-rows.js';
import { table } from './kept-rows.js';

const head = ['scenario', 'noticed', 'superfluous', 'accepted', 'unknown', 'not noticed, and why'];

/** docs/mutated-programs.md */
export function mutantsDocsPage(rows: KeptRows): string {
  return `# The shipped programs with their syncs taken away

Each sync call of a shipped right program is deleted, put behind the ack or the rename, or made on the file instead of the directory and the other way round, and the program's own test (the promise or checker of its scenario) judges again: [\`plugpull mutants\`](mutants.md). Right means that the test accepts the program as it is by the contract; a program that passes on its file system only by luck is none, and is not tested. Made by \`npm run campaign -- mutants\`.

- *noticed*: the test fails, as it should.
- *superfluous*: proven that no test can miss it.
- *accepted*: a crash may now leave something else, and the checker says that it is fine. Where a checker asks for what was acknowledged, and nothing was, that is so.

The last column has each mistake that was not noticed, deleted or displaced, with the proof or a state that the test accepts.

${table(head, rows.sorted())}
`;
}

/** Of a program that its own test does not accept as it is. */
export function untestedRow(scenario: string, outcome: Outcome): string[] {
  return [scenario, '-', '-', '-', '-', `not tested: ${outcome} as it is`];
}

/** What one program came to, as cells of a row. */
export function mutantsRow(scenario: string, { score, mutants }: MutantsResult): string[] {
  const told =
    mutants.length === 0
      ? 'it makes no sync call that succeeds'
      : survivors(mutants).join('<br>').replaceAll('|', '\\|') || 'none';
  return [scenario, `${score.killed}`, `${score.superfluous}`, `${score.too_weak}`, `${score.unknown}`, told];
}

/** Those that were not noticed, the ones of one line with the same answer together. */
function survivors(mutants: readonly Mutant[]): string[] {
  const changes = new Map<string, Set<string>>();
  for (const { change, at, why, result, reason } of mutants) {
    if (result === 'killed') continue;
    const answer = why === 'too_weak' ? reason : `${why ?? result}, ${reason}`;
    const told = `${at === null ? '' : ` (${basename(at)})`}: ${answer}`;
    changes.set(told, (changes.get(told) ?? new Set()).add(change));
  }
  return [...changes].map(([told, made]) => `${[...made].join(', or ')}${told}`);
}
