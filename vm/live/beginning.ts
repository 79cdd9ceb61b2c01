/**
 * Which rounds of `power` begin afresh, on a new disk, and which go on with the disk that survived.
 *
 * Neither alone sees everything. On a survivor lies what earlier rounds made durable: a program that writes the same
 * content again, and does not sync it, loses nothing that one could see. On a new disk nothing is recovered twice.
 */
import type { Live } from '../../harness/scenario/schema/live.js';
import { roundRandom } from './moment.js';

/** Follows from the scenario, the seed and the round's number; the first round, 0, has nothing to go on with. */
export function beginsAfresh(begin: Live['begin'], seed: number, round: number): boolean {
  if (round === 0 || begin === 'fresh') return true;
  if (begin === 'survivor') return false;
  // A generator of its own: what the round's generator decides does not hang on this choice.
  return roundRandom(~seed, round)() < 0.5;
}
