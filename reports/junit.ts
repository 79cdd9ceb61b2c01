/**
 * JUnit XML as Jenkins, GitLab, Azure and the GitHub actions read it: a suite a scenario, a case for each storage,
 * promise and engine. A violation is a `failure`, an unknown an `error`, what did not run `skipped`.
 *
 * GitLab refuses a file of more than 500,000 XML objects, and elements, attributes and texts each are one: below half of
 * that, passed cases lose their texts first, then findings beyond the first of a case; what was left out is counted.
 */
import { type Case, casesOf } from './cases.js';
import type { Reporter } from './reporter.js';
import { lostLabel } from './words/lost-label.js';
import { markup } from './words/markup.js';

export const mostXmlObjects = 250_000;
/** Elements, attributes and texts of a case without any text of its own, and of each text. */
const objectsOfCase = 6;
const objectsOfText = 6;
const mostTextBytes = 10_000;

export const junitReporter: Reporter = {
  format: 'junit',
  describe: 'JUnit XML: a suite a scenario, a case for each storage, promise and engine',
  fileName: 'report.junit.xml',
  render({ results }) {
    const cases = results.runs.flatMap(casesOf);
    const bare = (cases.length + results.runs.length * 2) * objectsOfCase;
    let room = Math.max(0, mostXmlObjects - bare - 100);
    let kept = cases;
    let dropped = 0;
    if (bare + 100 > mostXmlObjects) {
      kept = worstFirst(cases).slice(0, Math.floor(mostXmlObjects / (objectsOfCase * 3)));
      dropped = cases.length - kept.length;
      room = mostXmlObjects - kept.length * objectsOfCase * 2;
    }
    // What went wrong is told first, as long as there is room.
    const told = new Set<Case>();
    for (const one of worstFirst(kept)) {
      if (room < objectsOfText) break;
      told.add(one);
      room -= objectsOfText;
    }
    const suites = new Map<string, Case[]>();
    for (const one of kept) suites.set(one.scenario, [...(suites.get(one.scenario) ?? []), one]);
    const lines = [
      '<?xml version="1.0" encoding="UTF-8"?>',
      `<testsuites name="plugpull"${totals(kept, 'testsuites')}>`,
    ];
    for (const [scenario, own] of suites) lines.push(...suiteLines(scenario, own, told));
    if (dropped > 0 || told.size < kept.length) lines.push(leftOut(dropped, kept.length - told.size));
    lines.push('</testsuites>');
    return `${lines.join('\n')}\n`;
  },
};

const order = { failed: 0, error: 1, skipped: 2, passed: 3 };

function worstFirst(cases: readonly Case[]): Case[] {
  return [...cases].sort((a, b) => order[a.status] - order[b.status]);
}

/** Jenkins' schema has no number of skipped cases for the whole. */
function totals(cases: readonly Case[], element: 'testsuites' | 'testsuite'): string {
  const count = (status: Case['status']): number => cases.filter((one) => one.status === status).length;
  const seconds = cases.reduce((sum, { durationMs }) => sum + durationMs, 0) / 1000;
  const skipped = element === 'testsuite' ? ` skipped="${count('skipped')}"` : '';
  return ` tests="${cases.length}" failures="${count('failed')}" errors="${count('error')}"${skipped} time="${seconds.toFixed(3)}"`;
}

function suiteLines(scenario: string, cases: readonly Case[], told: ReadonlySet<Case>): string[] {
  return [
    `  <testsuite name="${markup(scenario)}"${totals(cases, 'testsuite')}>`,
    ...cases.flatMap((one) => caseLines(one, told.has(one))),
    '  </testsuite>',
  ];
}

function caseLines(one: Case, isTold: boolean): string[] {
  const { scenario, storage, evidence, promise, status, detail, durationMs } = one;
  const head = `    <testcase classname="${markup(scenario)}" name="${markup(`${storage}, ${evidence}: ${promise}`)}" time="${(durationMs / 1000).toFixed(3)}"`;
  const message = isTold ? ` message="${markup(clip(firstLine(one)))}"` : '';
  if (status === 'skipped') return [`${head}>`, `      <skipped${message}/>`, '    </testcase>'];
  if (status === 'passed') {
    if (!isTold) return [`${head}/>`];
    return [`${head}>`, `      <system-out>${markup(clip(detail))}</system-out>`, '    </testcase>'];
  }
  const element = status === 'failed' ? 'failure' : 'error';
  const type = one.findings[0]?.kind ?? (status === 'failed' ? 'expectation' : 'unknown');
  const text = isTold ? clip(findingsText(one)) : '';
  return [
    `${head}>`,
    `      <${element} type="${type}"${message}>${text.split('\n').map(markup).join('\n')}</${element}>`,
    '    </testcase>',
  ];
}

function firstLine({ findings, detail }: Case): string {
  const [first, ...others] = findings;
  if (!first) return detail;
  return `${first.property}${others.length > 0 ? ` (and ${others.length} more)` : ''}`;
}

function findingsText({ findings, detail }: Case): string {
  const lines = findings.flatMap((finding) => [
    `${finding.id} ${finding.property}`,
    `  promised: ${finding.promise}`,
    ...finding.lost.map((line) => `  ${lostLabel(finding)}: ${line}`),
    ...(finding.fix === null ? [] : [`  fix: ${finding.fix}`]),
    `  see it: ${finding.reproduce}`,
  ]);
  return [...lines, detail].map((line) => line.replaceAll('\n', '\\n')).join('\n');
}

function clip(text: string): string {
  return text.length <= mostTextBytes
    ? text
    : `${text.slice(0, mostTextBytes)} ... and ${text.length - mostTextBytes} characters more`;
}

function leftOut(cases: number, texts: number): string {
  const parts = [
    ...(cases > 0 ? [`${cases} cases`] : []),
    ...(texts > 0 ? [`the texts of ${texts} cases`] : []),
  ];
  return `  <!-- left out to stay under ${mostXmlObjects} XML objects: ${parts.join(' and ')} -->`;
}
