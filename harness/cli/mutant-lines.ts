import type { ChalkInstance } from 'chalk';
import { mutantWhere, mutantWord, scoreSentence } from '../../reports/words/mutants.js';
import type { Mutant, MutantsResult } from '../mutants/mutants-result.js';
import { shellQuote } from '../scenario/shell-quote.js';
import { called } from './called-as.js';

/** What testing a test came to: a line a mutant, with its reason below, and the score. */
export function mutantLines(result: MutantsResult, paint: ChalkInstance): string[] {
  const lines: string[] = [];
  for (const mutant of result.mutants) lines.push(...linesOf(mutant, paint));
  for (const note of result.notes) lines.push(`${paint.yellow('note')} ${note}`);
  for (const finding of result.baseline.findings) lines.push(`     ${finding}`);
  if (result.baseline.outcome === 'unknown')
    for (const note of result.baseline.notes) lines.push(`${paint.yellow('note')} ${note}`);
  if (result.mutants.length > 0) lines.push('', scoreSentence(result));
  return lines;
}

function linesOf(mutant: Mutant, paint: ChalkInstance): string[] {
  const { id, change, reason, replay } = mutant;
  const where = mutantWhere(mutant);
  const lines = [
    `${mark(mutant, paint)} ${id.padEnd(4)} ${change}${where === '' ? '' : paint.dim(` (${where})`)}`,
    `                 ${paint.dim(reason)}`,
  ];
  if (replay) {
    const run = replay.run === null ? '' : ` (${called()} show ${shellQuote(replay.run)})`;
    lines.push(`                 ${paint.dim(`as a lie: ${replay.result}: ${replay.reason}${run}`)}`);
  }
  return lines;
}

function mark(mutant: Mutant, paint: ChalkInstance): string {
  const word = mutantWord(mutant);
  const colours = { killed: paint.green, unknown: paint.yellow, superfluous: paint.dim, survived: paint.red };
  return colours[word](word.padEnd('superfluous'.length));
}
