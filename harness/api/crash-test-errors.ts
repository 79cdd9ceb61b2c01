import { placeText } from '../../reports/words/place-text.js';
import { originOf } from '../../reports/words/reported.js';
import { shellQuote } from '../scenario/shell-quote.js';
import type { Finding } from '../verdict/finding.js';
import type { RunResult } from '../verdict/results.js';

/** A promise is broken. The message says which, and how to see it again. */
export class CrashTestError extends Error {
  override readonly name = 'CrashTestError';
  readonly findings: readonly Finding[];
  /** Folder of the run that the first finding is from. */
  readonly runFolder: string;
  /** The command that shows the first finding again. */
  readonly reproduce: string;

  /** @param run a run with verdict `violation`, or one that is not as expected */
  constructor(run: RunResult) {
    const [finding] = run.findings;
    super(finding ? findingText(run, finding) : notAsExpected(run), {
      cause: finding ? causeOf(finding, originOf(run, finding)) : undefined,
    });
    this.findings = run.findings;
    this.runFolder = run.run;
    this.reproduce = `npx ${finding?.reproduce ?? `plugpull show ${shellQuote(run.run)}`}`;
  }
}

/** Nobody can tell whether the promises hold; `notes` say why, and what to do. Never a pass. */
export class CrashTestUnknownError extends Error {
  override readonly name = 'CrashTestUnknownError';
  readonly notes: readonly string[];
  readonly runFolder: string;
  readonly reproduce: string;

  constructor(run: RunResult) {
    const reasons = run.notes.length > 0 ? run.notes : ['the search was cut short (explore.budget)'];
    super(
      [
        `it is unknown whether ${run.scenario} survives a power cut`,
        ...reasons.map((note) => `  ${note}`),
      ].join('\n'),
    );
    this.notes = run.notes;
    this.runFolder = run.run;
    this.reproduce = `npx plugpull show ${shellQuote(run.run)}`;
  }
}

/** First what was promised, then how to see it, the loss, its cause and the fix. */
function findingText(run: RunResult, finding: Finding): string {
  const { findings, scenario, storage } = run;
  // Blocks know no source lines.
  const origin = originOf(run, finding);
  const fix = origin.fix ?? finding.fix ?? findings.find((other) => other.fix !== null)?.fix;
  const { patch } = origin;
  const where = finding.evidence === 'observed' ? ` on ${storage}` : '';
  const more = findings.length > 1 ? ` (and ${findings.length - 1} more)` : '';
  const rows: [string, string][] = [
    ['promised', finding.promise],
    ['see it', `npx ${finding.reproduce}`],
    ...finding.lost.map((line): [string, string] => ['lost', line]),
    ...origin.cause
      .slice(0, 6)
      .map((one): [string, string] => ['cause', `${one.syscall}(${one.args})  ${placeText(one)}`]),
    ...(fix ? [['fix', fix] as [string, string]] : []),
    ...(patch ? [['patch', `behind ${patch.after}: ${patch.line}`] as [string, string]] : []),
  ];
  return [
    `a power cut breaks a promise of ${scenario}${where}${more}: ${finding.property}`,
    ...rows.map(
      ([name, text], index) => `  ${(rows[index - 1]?.[0] === name ? '' : name).padEnd(9)} ${text}`,
    ),
  ].join('\n');
}

/** An error that stands where the program made the mistake, as far as that is known. */
function causeOf({ property }: Finding, { cause }: Finding): Error {
  const error = new Error(property);
  const lines = cause
    .filter(({ at }) => !at.startsWith('log:'))
    .map(({ syscall, at }) => `    at ${syscall} (${at})`);
  error.stack = [`Error: ${property}`, ...lines].join('\n');
  return error;
}

function notAsExpected({ scenario, expected, contract, observed }: RunResult): string {
  const found = JSON.stringify({ contract, observed });
  return `${scenario}: expected ${JSON.stringify(expected)}, found ${found}`;
}
