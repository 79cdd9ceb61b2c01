import type { ChalkInstance } from 'chalk';
import { shortCount } from '../../reports/words/count.js';
import { coverageText } from '../../reports/words/coverage.js';
import { whenText } from '../../reports/words/crash-point.js';
import { verdictCell } from '../../reports/words/verdict.js';
import type { Finding } from '../verdict/finding.js';
import type { Outcome } from '../verdict/outcome.js';
import type { Coverage, Results, RunResult } from '../verdict/results.js';

/** One run in a line or two for each finding: what a newcomer needs to know first. */
export function resultLines(result: RunResult, paint: ChalkInstance): string[] {
  const lines = [
    `${mark(result.verdict, paint)} ${paint.bold(result.scenario)}${result.observed === null ? '' : ` on ${result.storage}`}: ${coverageText(result)}`,
  ];
  for (const finding of result.findings) {
    const id = finding.masked ? paint.yellow(`${finding.id} masked`) : paint.red(finding.id);
    lines.push(`    ${id} ${finding.property}`);
    lines.push(`       ${paint.dim(lostInShort(finding))}`);
    if (finding.evidence === 'contract') lines.push(...mendingLines(finding, paint));
  }
  for (const note of result.notes) lines.push(`    ${paint.yellow('note')} ${note}`);
  if (result.met === false) {
    const expected = Object.entries(result.expected ?? {}).map(([engine, outcome]) => `${engine} ${outcome}`);
    lines.push(`    ${paint.red('not as expected')}: the scenario expects ${expected.join(', ')}`);
  } else if (result.met && result.verdict === 'violation') {
    lines.push(`    ${paint.dim('as the scenario expects')}`);
  }
  return lines;
}

/** What to do about it, and the line to add where the program's source is known. */
function mendingLines({ fix, patch }: Finding, paint: ChalkInstance): string[] {
  return [
    ...(fix === null ? [] : [`       ${paint.green('fix')} ${fix}`]),
    ...(patch ? [`       ${paint.green('   ')} behind ${patch.after}: ${patch.line}`] : []),
  ];
}

/** The first thing lost, and behind it what the other engine says about it. */
function lostInShort({ evidence, lost }: Finding): string {
  const [first = '', ...others] = lost;
  return evidence === 'contract' && others.length > 0 ? `${first}; ${others.at(-1)}` : first;
}

function outcomePaint(outcome: string, paint: ChalkInstance): (text: string) => string {
  if (outcome === 'pass') return paint.green;
  if (outcome === 'violation') return paint.red;
  return outcome === 'unknown' ? paint.yellow : paint.dim;
}

function mark(outcome: Outcome, paint: ChalkInstance): string {
  return outcomePaint(outcome, paint)(outcome.padEnd('violation'.length));
}

/** The closing table: a row a run. */
export function resultTable(results: Results, paint: ChalkInstance): string[] {
  const rows = results.runs.map((run) => ({
    scenario: run.scenario,
    storage: run.storage,
    contract: verdictCell(run, 'contract'),
    observed: verdictCell(run, 'observed'),
    states: replayed(run)
      .map(({ states, exhaustive }) => `${shortCount(BigInt(states))}${exhaustive ? '' : ' of more'}`)
      .join('+'),
    recoveries: String(replayed(run).reduce((sum, { recoveries }) => sum + recoveries, 0)),
    expected: run.met === null ? '' : run.met ? 'as expected' : 'NOT AS EXPECTED',
  }));
  const header = {
    scenario: 'scenario',
    storage: 'storage',
    contract: 'contract',
    observed: 'observed',
    states: 'states',
    recoveries: 'recoveries',
    expected: '',
  };
  const keys = Object.keys(header) as (keyof typeof header)[];
  const widths = keys.map((key) => Math.max(...[header, ...rows].map((row) => row[key].length)));
  const format = (row: typeof header, colour: (text: string, key: keyof typeof header) => string): string =>
    keys
      .map((key, i) =>
        colour(
          key === 'states' || key === 'recoveries'
            ? row[key].padStart(widths[i]!)
            : row[key].padEnd(widths[i]!),
          key,
        ),
      )
      .join('  ')
      .trimEnd();
  return [
    format(header, (text) => paint.bold(text)),
    ...rows.map((row) =>
      format(row, (text, key) => {
        if (key === 'observed' || key === 'contract')
          return outcomePaint(row[key].split(',')[0]!, paint)(text);
        return key === 'expected' && text.startsWith('NOT') ? paint.red(text) : text;
      }),
    ),
  ];
}

function replayed({ coverage }: RunResult): Coverage[] {
  return coverage.filter(({ engine }) => engine !== 'contract');
}

/** A finding in full, for `plugpull show`. */
export function findingLines(finding: Finding, paint: ChalkInstance): string[] {
  const { crash_point, evidence, masked, model } = finding;
  const contract = evidence === 'contract';
  const when = whenText(finding);
  const where = contract
    ? `by the ${model} model${masked ? `, masked by ${finding.storage}` : ''}`
    : `on ${finding.storage}`;
  return [
    `${paint.red(finding.id)} ${paint.bold(finding.property)}`,
    '',
    `  kind        ${finding.kind} ${where}`,
    `  promised    ${finding.promise}`,
    `  power cut   ${when}`,
    ...finding.lost.map((line, i) => `  ${i === 0 ? 'left       ' : '           '} ${line}`),
    ...(finding.cause.length === 0 && !contract && crash_point?.round === undefined
      ? ['  lost        no write that had been sent to the disk: what is missing had not been written yet']
      : finding.cause.map(
          ({ syscall, args, at }, i) =>
            `  ${i === 0 ? (contract ? 'calls      ' : 'lost       ') : '           '} ${at}  ${contract ? `${syscall}(${args})` : args}`,
        )),
    ...(finding.fix ? [`  fix         ${finding.fix}`] : []),
    ...(finding.patch ? [`  patch       behind ${finding.patch.after}: ${finding.patch.line}`] : []),
    `  see it      ${finding.reproduce}`,
  ];
}
