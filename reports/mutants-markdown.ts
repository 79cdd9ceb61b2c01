/** What testing a test came to, for a job summary: a row a mutant, and what the test said to it. */
import type { Mutant, MutantsResult } from '../harness/mutants/mutants-result.js';
import { type Block, fitted } from './words/fitted-markdown.js';
import { markdown, markdownCode } from './words/markup.js';
import { mutantWhere, mutantWord, scoreSentence } from './words/mutants.js';

export function mutantsMarkdown(result: MutantsResult): string {
  const { scenario, mutants, notes, baseline, models } = result;
  const said = [...notes, ...baseline.findings, ...(baseline.outcome === 'unknown' ? baseline.notes : [])];
  return fitted([
    {
      kind: 'head',
      text: `## plugpull mutants: ${markdownCode(scenario)}: ${markdown(scoreSentence(result))}\n\nJudged by the ${markdown(models.join(', '))} model.\n\n`,
    },
    ...said.map((note): Block => ({ kind: 'notes', text: `- ${markdown(note)}\n` })),
    ...(mutants.length > 0
      ? [
          {
            kind: 'head' as const,
            text: '\n| | the program, but | where | the test | because |\n|---|---|---|---|---|\n',
          },
        ]
      : []),
    ...mutants.map((mutant): Block => ({ kind: 'row', text: `| ${cells(mutant).join(' | ')} |\n` })),
  ]);
}

function cells(mutant: Mutant): string[] {
  const { id, change, reason, replay } = mutant;
  const lie = replay ? `; run with the call made a lie: ${replay.result}: ${replay.reason}` : '';
  return [
    id,
    markdownCode(change),
    markdown(mutantWhere(mutant)),
    mutantWord(mutant),
    markdown(`${reason}${lie}`),
  ];
}
