import type { ChalkInstance } from 'chalk';

/** The colour of an outcome, or of a cell that begins with one. */
export function outcomePaint(outcome: string, paint: ChalkInstance): (text: string) => string {
  const [first = ''] = outcome.split(',');
  if (first === 'pass') return paint.green;
  if (first === 'violation') return outcome.includes('masked') ? paint.yellow : paint.red;
  return first === 'unknown' ? paint.yellow : paint.dim;
}
