/** What testing a test came to, as a page: a row a mutant, coloured by what the test said to it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Mutant, MutantsResult } from '../harness/mutants/mutants-result.js';
import { staticPage } from './html/static-page.js';
import { escaped } from './words/escaped.js';
import { markup } from './words/markup.js';
import { mutantWhere, mutantWord, scoreSentence } from './words/mutants.js';

/** Leaves the page beside the document. @returns its path */
export function writeMutantsPage(resultsFolder: string, result: MutantsResult): string {
  const path = join(resultsFolder, 'mutants.html');
  writeFileSync(path, mutantsPage(result));
  return path;
}

export function mutantsPage(result: MutantsResult): string {
  const { scenario, mutants, notes, baseline, models, run, tool } = escaped(result);
  const weak = result.score.too_weak > 0 || baseline.outcome === 'violation';
  const badge = weak ? 'violation' : result.score.unknown > 0 || mutants.length === 0 ? 'unknown' : 'pass';
  const said = [...notes, ...baseline.findings, ...(baseline.outcome === 'unknown' ? baseline.notes : [])];
  const body = [
    `<h2>${markup(scenario)}</h2>`,
    `<p>Each sync call of the program is deleted or displaced in turn, and the test judges again, by the ${markup(models.join(', '))} model. A test that notices nothing protects nobody.</p>`,
    ...(said.length > 0 ? [`<ul>${said.map((note) => `<li>${markup(note)}</li>`).join('')}</ul>`] : []),
    ...(mutants.length > 0 ? [table(mutants)] : []),
    `<p class="quiet">plugpull ${markup(tool.version)} · <code>${markup(run)}</code></p>`,
  ].join('\n');
  return staticPage({ title: `plugpull mutants: ${scenario}`, badge, sentence: scoreSentence(result), body });
}

function table(mutants: readonly Mutant[]): string {
  return [
    '<section class="scenarios scroll"><table><thead><tr><th></th><th>the program, but</th><th>where</th><th>the test</th><th>because</th></tr></thead><tbody>',
    ...mutants.map(row),
    '</tbody></table></section>',
  ].join('\n');
}

function row(mutant: Mutant): string {
  const { id, change, reason, replay } = mutant;
  const lie = replay
    ? `<br><span class="quiet">run with the call made a lie: ${replay.result}: ${markup(replay.reason)}${replay.run === null ? '' : ` (<code>plugpull show ${markup(replay.run)}</code>)`}</span>`
    : '';
  const word = mutantWord(mutant);
  return `<tr id="${id}"><td>${id}</td><td><code>${markup(change)}</code></td><td data-label="where">${markup(mutantWhere(mutant))}</td><td><span class="verdict ${colours[word]}">${word}</span></td><td>${markup(reason)}${lie}</td></tr>`;
}

const colours = { killed: 'pass', unknown: 'unknown', superfluous: 'none', survived: 'violation' } as const;
