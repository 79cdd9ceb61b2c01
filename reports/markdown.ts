/**
 * Markdown for a job summary. GitHub refuses a step's summary of more than 1 MiB: it ends at a row, and says so.
 */
import type { Results, RunResult } from '../harness/verdict/results.js';
import type { Reporter } from './reporter.js';
import { coverageText, unseenOf } from './words/coverage.js';
import { whenText } from './words/crash-point.js';
import { markdown, markdownCode } from './words/markup.js';
import { type Reported, reportedFindings } from './words/reported.js';
import { verdictCell, verdictSentence } from './words/verdict.js';

export const mostBytes = 2 ** 20;
/** For what is said at the end. */
const reserveBytes = 1000;

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

/** A piece that is there whole or not at all. */
interface Block {
  text: string;
  kind: 'head' | 'row' | 'finding' | 'notes';
}

function fitted(blocks: readonly Block[]): string {
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
    ...lost.map((line) => `- left: ${markdown(line)}`),
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
