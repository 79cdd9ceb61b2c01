import type { MutantsResult } from '../../harness/mutants/mutants-result.js';

/** What testing a test came to, in a sentence. */
export function scoreSentence({ score, mutants }: Pick<MutantsResult, 'score' | 'mutants'>): string {
  if (mutants.length === 0) return 'nothing could be deleted';
  const { killed, too_weak, superfluous, unknown, percent } = score;
  const needed = killed + too_weak + unknown;
  const parts = [
    needed === 0
      ? 'no sync call that the promises need'
      : `the test notices ${killed} of ${needed} mistakes (${percent} %)`,
  ];
  if (superfluous > 0) parts.push(`${superfluous} superfluous`);
  if (unknown > 0) parts.push(`${unknown} unknown`);
  return parts.join('; ');
}
