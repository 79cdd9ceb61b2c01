import type { Outcome } from '../../harness/verdict/outcome.js';
import type { Results, RunResult } from '../../harness/verdict/results.js';
import { counted } from './count.js';

/** The verdict of a whole command in a sentence; what was not looked at is part of it. */
export function verdictSentence(results: Results): string {
  const { runs, met } = results;
  const count = (outcome: Outcome): number => runs.filter(({ verdict }) => verdict === outcome).length;
  const parts = (['pass', 'violation', 'unknown'] as const)
    .map((outcome) => [outcome, count(outcome)] as const)
    .filter(([, n]) => n > 0)
    .map(([outcome, n]) => `${n} ${outcome}`);
  const expectation =
    met === null
      ? ''
      : met
        ? '; every run came out as its scenario expects'
        : '; NOT every run came out as its scenario expects';
  const open = results.unfinished?.length ?? 0;
  const unfinished = open === 0 ? '' : `; ${open} more ${open === 1 ? 'was' : 'were'} not finished`;
  return `${counted(runs.length, 'run')}: ${parts.join(', ') || 'nothing ran'}${unfinished}${expectation}${unseenText(runs)}`;
}

function unseenText(runs: readonly RunResult[]): string {
  const partly = runs.filter(({ coverage }) => coverage.some(({ exhaustive }) => !exhaustive)).length;
  return partly === 0 ? '' : `; of ${counted(partly, 'run')} not every crash state was looked at`;
}

/** One engine's verdict: `violation, masked` where this storage does not show what the contract finds, `-` for none. */
export function verdictCell(run: RunResult, evidence: 'contract' | 'observed'): string {
  const outcome = run[evidence];
  if (outcome === null) return '-';
  const own = run.findings.filter((finding) => finding.evidence === evidence);
  const masked = evidence === 'contract' && own.length > 0 && own.every((finding) => finding.masked);
  return masked ? `${outcome}, masked` : outcome;
}

/** The badge of a whole command: what came out as expected is green, and says so where it is no pass. */
export function badgeOf({ verdict, met }: Pick<Results, 'verdict' | 'met'>): {
  colour: Outcome;
  word: string;
} {
  if (met !== true)
    return {
      colour: met === false && verdict === 'pass' ? 'violation' : verdict,
      word: met === false ? 'not as expected' : verdict,
    };
  return { colour: 'pass', word: verdict === 'pass' ? 'pass' : 'as expected' };
}
