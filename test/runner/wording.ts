/** Everything the test runner prints. */
import { inspect } from 'node:util';
import chalk from 'chalk';
import type { FileResult } from './run-file.js';
import type { Failure, Tally } from './tally.js';

/** Keys of a failure's diagnostics that repeat what another line says, or are of no use to a reader. */
const silent = new Set([
  'at',
  'stack',
  'source',
  'diff',
  'message',
  'compare',
  'tapCaught',
  'generated',
  'code',
  'name',
]);
const stackLines = 8;

/** One line for a file, and below it whatever failed. */
export function fileReport(name: string, { tally, output, durationMs, cpuMs }: FileResult): string {
  const failed = tally.failed > 0;
  const counts = [
    `${tally.passed} passed`,
    ...(failed ? [chalk.red(`${tally.failed} failed`)] : []),
    ...(tally.skipped.length > 0 ? [chalk.yellow(`${tally.skipped.length} skipped`)] : []),
  ].join(', ');
  const mark = failed ? chalk.red('FAIL') : tally.passed === 0 ? chalk.yellow('skip') : chalk.green('ok  ');
  const lines = [
    `${mark} ${name}  ${counts}  ${chalk.dim(`${seconds(durationMs)}, processor ${seconds(cpuMs)}`)}`,
  ];
  if (failed) {
    for (const failure of tally.failures) lines.push('', ...indent(failureReport(failure), 4));
    if (output.length > 0) lines.push('', chalk.dim('    it also printed:'), ...indent(output, 6));
    lines.push('', chalk.dim(`    again: npm test -- ${name}`), '');
  }
  return lines.join('\n');
}

function failureReport({ path, diagnostics }: Failure): string[] {
  const lines = path.length > 0 ? [chalk.bold(path.join(' > '))] : [];
  const at = location(diagnostics.at);
  if (at !== undefined) lines.push(chalk.dim(`at ${at}`));
  for (const key of ['message', 'diff']) {
    if (typeof diagnostics[key] === 'string')
      lines.push(...diagnostics[key].trimEnd().split('\n').map(colourDiff));
  }
  for (const [key, value] of Object.entries(diagnostics)) {
    if (!silent.has(key)) lines.push(...`${key}: ${plain(value)}`.split('\n'));
  }
  if (diagnostics.diff === undefined && typeof diagnostics.stack === 'string') {
    lines.push(
      ...diagnostics.stack
        .trimEnd()
        .split('\n')
        .slice(0, stackLines)
        .map((line) => chalk.dim(line)),
    );
  }
  return lines;
}

function location(at: unknown): string | undefined {
  if (typeof at !== 'object' || at === null || !('fileName' in at)) return undefined;
  return 'lineNumber' in at ? `${at.fileName}:${at.lineNumber}` : String(at.fileName);
}

function colourDiff(line: string): string {
  if (line.startsWith('+')) return chalk.green(line);
  return line.startsWith('-') ? chalk.red(line) : line;
}

function plain(value: unknown): string {
  return typeof value === 'string' ? value : inspect(value, { depth: 6, breakLength: 110 });
}

function indent(lines: string[], width: number): string[] {
  return lines.map((line) => (line === '' ? '' : ' '.repeat(width) + line));
}

/** Why tests were skipped, most frequent reason first. */
export function skipReport(reasons: string[]): string[] {
  const counts = new Map<string, number>();
  for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .map(([reason, count]) => chalk.yellow(`skipped ${count}: ${reason}`));
}

/** What the run took; `cpuMs` is that of its files. */
export function timeReport(durationMs: number, cpuMs: number): string {
  return chalk.dim(`${seconds(durationMs)}, processor ${seconds(cpuMs)}`);
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

/** The last line of every run. CI reads it, so its form is fixed and it bears no colour. */
export function lastLine(tally: Tally): string {
  return `${tally.passed} passed, ${tally.failed} failed, ${tally.skipped.length} skipped`;
}
