import type { Mutant, MutantsResult } from '../../harness/mutants/mutants-result.js';

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

/** `save.py:3, 3 times`; empty where neither is to be said. */
export function mutantWhere({ at, times }: Pick<Mutant, 'at' | 'times'>): string {
  return [at ?? '', times > 1 ? `${times} times` : ''].filter(Boolean).join(', ');
}

/** What became of one, in the word that stands in tables. */
export function mutantWord({
  result,
  why,
}: Pick<Mutant, 'result' | 'why'>): 'killed' | 'unknown' | 'superfluous' | 'survived' {
  return why === 'superfluous' ? 'superfluous' : result;
}
