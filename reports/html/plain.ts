/** The report as it is read without JavaScript: all that matters, in plain HTML. */
import type { RunResult } from '../../harness/verdict/results.js';
import type { Reportable } from '../reporter.js';
import { coverageText } from '../words/coverage.js';
import { whenText } from '../words/crash-point.js';
import { lostLabel } from '../words/lost-label.js';
import { markup } from '../words/markup.js';
import { placeText } from '../words/place-text.js';
import type { Reported } from '../words/reported.js';
import { verdictCell } from '../words/verdict.js';
import { probeMatrix } from './probe-matrix.js';

/** Findings that are told in full; the others have a line each, as far as they are listed. */
const inFull = 60;

export function plainReport(
  { results, probe }: Reportable,
  listed: readonly Reported[],
  leftOut: number,
): string {
  const shown = listed.slice(0, inFull).map((one) => findingArticle(one, results.runs.indexOf(one.run)));
  const lines = listed.slice(inFull, 1000).map(findingLine);
  const more = listed.length + leftOut - shown.length - lines.length;
  return [
    ...(probe ? [probeMatrix(probe)] : []),
    `<h2>Findings</h2>`,
    ...(listed.length === 0 ? ['<p>None.</p>'] : []),
    ...shown,
    ...(lines.length > 0 ? [`<ul>${lines.join('')}</ul>`] : []),
    ...(more > 0 ? [`<p>And ${more} more, in the results folder.</p>`] : []),
    `<h2>${probe ? 'What it rests on' : 'Scenarios'}</h2>`,
    '<div class="scroll"><table><thead><tr><th>scenario</th><th>storage</th><th>contract</th><th>observed</th><th>what it rests on</th><th></th></tr></thead><tbody>',
    ...results.runs.map(runRow),
    '</tbody></table></div>',
  ].join('\n');
}

function findingArticle({ run, finding, expected }: Reported, position: number): string {
  const { id, property, promise, reproduce, lost, fix, patch, masked, cause, evidence } = finding;
  const remarks = [...(masked ? ['masked'] : []), ...(expected ? ['as the scenario expects'] : [])];
  const rows: [string, string][] = [
    ['promised', markup(promise)],
    ['see it', `<code>${markup(reproduce)}</code>`],
    ['power cut', markup(whenText(finding))],
    ...lost.map((line): [string, string] => [lostLabel(finding), markup(line)]),
    ...cause.map(({ syscall, args, ...place }): [string, string] => [
      evidence === 'contract' ? 'call' : 'lost',
      `<code>${markup(evidence === 'contract' ? `${placeText(place)}  ${syscall}(${args})` : args)}</code>`,
    ]),
    ...(fix === null ? [] : [['fix', markup(fix)] as [string, string]]),
    ...(patch
      ? [['patch', `behind ${markup(patch.after)}: <code>${markup(patch.line)}</code>`] as [string, string]]
      : []),
  ];
  return `<article class="card" id="/f/${position}/${markup(id)}"><h3><span class="badge ${evidence}">${markup(id)}</span> ${markup(property)}</h3><p>${markup(run.scenario)} on ${markup(run.storage)}${remarks.length > 0 ? ` (${remarks.join(', ')})` : ''}</p><dl>${rows.map(([label, value]) => `<dt>${label}</dt><dd>${value}</dd>`).join('')}</dl></article>`;
}

function findingLine({ run, finding }: Reported): string {
  return `<li>${markup(finding.id)} ${markup(finding.property)}: ${markup(run.scenario)} on ${markup(run.storage)}</li>`;
}

function runRow(run: RunResult): string {
  const cells = (['contract', 'observed'] as const).map((evidence) => {
    const text = verdictCell(run, evidence);
    return `<td><span class="verdict ${run[evidence] ?? 'none'}">${text}</span></td>`;
  });
  const met = run.met === null ? '' : run.met ? 'as expected' : '<strong>not as expected</strong>';
  return `<tr><td>${markup(run.scenario)}</td><td>${markup(run.storage)}</td>${cells.join('')}<td>${markup(coverageText(run))}</td><td>${met}</td></tr>`;
}
