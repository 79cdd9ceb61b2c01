/** Markdown for a job summary. */
import type { Results, RunResult } from '../harness/verdict/results.js';
import type { Reporter } from './reporter.js';
import { coverageText, unseenOf } from './words/coverage.js';
import { whenText } from './words/crash-point.js';
import { type Block, fitted } from './words/fitted-markdown.js';
import { lostLabel } from './words/lost-label.js';
import { markdown, markdownCode } from './words/markup.js';
import { type Reported, reportedFindings } from './words/reported.js';
import { verdictCell, verdictSentence } from './words/verdict.js';

export const markdownReporter: Reporter = {
  format: 'markdown',
  describe: 'Markdown for a job summary, under 1 MiB',
  fileName: 'report.md',
  render({ results }) {
    const blocks = [
      ...headBlocks(results),
      ...tableBlocks(results),
      ...reportedFindings(results).map(findingBlock),
      ...results.runs.filter(({ notes }) => notes.length > 0).map(notesBlock),
    ];
    return fitted(blocks);
  },
};

const signs = { pass: '✅', violation: '❌', unknown: '❔' };

function headBlocks(results: Results): Block[] {
  return [
    {
      kind: 'head',
      text: `## ${signs[results.met === true ? 'pass' : results.verdict]} plugpull: ${markdown(verdictSentence(results))}\n\n`,
    },
  ];
}

function tableBlocks({ runs }: Results): Block[] {
  if (runs.length === 0) return [];
  return [
    {
      kind: 'head',
      text: '| scenario | storage | contract | observed | looked at | not looked at | |\n|---|---|---|---|---|---|---|\n',
    },
    ...runs.map((run): Block => ({ kind: 'row', text: `| ${rowCells(run).join(' | ')} |\n` })),
    { kind: 'head', text: '\n' },
  ];
}

function rowCells(run: RunResult): string[] {
  const looked = { coverage: run.coverage.map((coverage) => ({ ...coverage, unseen: [] })) };
  return [
    markdownCode(run.scenario),
    markdownCode(run.storage),
    verdictCell(run, 'contract'),
    verdictCell(run, 'observed'),
    markdown(coverageText(looked)),
    markdown(unseenOf(run).join('; ')) || 'nothing',
    run.met === null ? '' : run.met ? 'as expected' : '**not as expected**',
  ];
}

function findingBlock({ run, finding, expected }: Reported): Block {
  const { id, property, promise, lost, fix, patch, reproduce, masked } = finding;
  const remarks = [...(masked ? ['masked'] : []), ...(expected ? ['as the scenario expects'] : [])];
  const lines = [
    `<details${expected ? '' : ' open'}><summary>${markdownCode(run.scenario)} on ${markdownCode(run.storage)}, ${markdown(id)}${remarks.length > 0 ? ` (${remarks.join(', ')})` : ''}: ${markdown(property)}</summary>`,
    '',
    `- promised: ${markdown(promise)}`,
    `- power cut ${markdown(whenText(finding))}`,
    ...lost.map((line) => `- ${lostLabel(finding)}: ${markdown(line)}`),
    ...(fix === null ? [] : [`- fix: ${markdown(fix)}`]),
    ...(patch ? [`- behind ${markdownCode(patch.after)}: ${markdownCode(patch.line)}`] : []),
    `- see it: ${markdownCode(reproduce)}`,
    '',
    '</details>',
    '',
  ];
  return { kind: 'finding', text: `${lines.join('\n')}\n` };
}

function notesBlock(run: RunResult): Block {
  const lines = [
    `Notes on ${markdownCode(run.scenario)} on ${markdownCode(run.storage)}:`,
    '',
    ...run.notes.map((note) => `- ${markdown(note)}`),
    '',
  ];
  return { kind: 'notes', text: `${lines.join('\n')}\n` };
}
