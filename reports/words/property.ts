import type { Counterexample } from '../../harness/probe/properties/answer.js';

/** What the power cut cost: `with 1 of 3 pending writes lost`. */
export function lossText({ lost, pending, torn }: Pick<Counterexample, 'lost' | 'pending' | 'torn'>): string {
  return torn ? 'with a write torn' : `with ${lost} of ${pending} pending writes lost`;
}
