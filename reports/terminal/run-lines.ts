import { shellQuote } from '../../harness/scenario/shell-quote.js';
import type { RunResult } from '../../harness/verdict/results.js';
import { asCalled } from '../words/as-called.js';
import { counted } from '../words/count.js';
import { coverageText } from '../words/coverage.js';
import { findingLines } from './finding-lines.js';
import { outcomePaint } from './outcome-paint.js';
import { type Screen, wrapped } from './screen.js';

/** Findings of a run that are shown in full when nobody asked for them all. */
const shownFindings = 4;

/** A run in a line: its verdict, and what that rests on. */
export function headLine(run: RunResult, { paint }: Screen): string {
  const where = run.observed === null ? '' : ` on ${run.storage}`;
  const mark = outcomePaint(run.verdict, paint)(run.verdict.padEnd('violation'.length));
  const findings = run.findings.length === 0 ? '' : `${counted(run.findings.length, 'finding')}; `;
  return `${mark} ${paint.bold(run.scenario)}${where}: ${findings}${coverageText(run)}${expectation(run)}`;
}

function expectation({ met, expected, verdict }: RunResult): string {
  if (met === false) {
    const words = Object.entries(expected ?? {}).map(([engine, outcome]) => `${engine} ${outcome}`);
    return `; NOT as expected: the scenario expects ${words.join(', ')}`;
  }
  return met && verdict !== 'pass' ? '; as the scenario expects' : '';
}

/** A run with what has to be known about it: findings first, then notes. */
export function runLines(run: RunResult, screen: Screen, { all = false } = {}): string[] {
  const { columns } = screen;
  const shown = all ? run.findings : run.findings.slice(0, shownFindings);
  const left = run.findings.length - shown.length + (run.unlisted_findings ?? 0);
  return [
    ...wrapped(headLine(run, screen), { columns, indent: 0 }),
    ...shown.flatMap((finding) => ['', ...findingLines(finding, screen)]),
    ...(left > 0
      ? [
          '',
          ...wrapped(`and ${counted(left, 'finding')} more: ${screen.command} show ${shellQuote(run.run)}`, {
            columns,
            indent: 2,
          }),
        ]
      : []),
    ...noteLines(run, screen),
  ];
}

function noteLines({ notes }: RunResult, { paint, columns, command }: Screen): string[] {
  if (notes.length === 0) return [];
  return [
    '',
    ...notes.flatMap((note) =>
      wrapped(`${paint.yellow('note')} ${asCalled(note, command)}`, { columns, indent: 2 }),
    ),
  ];
}
