import type { Pieces } from './pieces.js';
import { seededRandom } from './random.js';
import { tearsOf } from './tears.js';

/** The least that is tried of every crash point: everything pending lost, nothing lost, each single piece missing. */
export function systematicSubsets(pending: readonly number[]): number[][] {
  if (pending.length === 0) return [[]];
  const subsets = [[...pending], [], ...pending.map((piece) => [piece])];
  return pending.length === 1 ? subsets.slice(0, 2) : subsets;
}

/**
 * Subsets of lost pieces in the order worth trying when there is no budget for all: none kept, all kept, each
 * one missing, each one only, each pair missing, then seeded random ones for ever. Never the same twice.
 */
export function* lostSubsets(pending: readonly number[], seed: number): Generator<number[]> {
  const seen = new Set<string>();
  const fresh = (lost: number[]): boolean => {
    const key = lost.join();
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  };
  for (const lost of orderedSubsets(pending)) if (fresh(lost)) yield lost;
  const random = seededRandom(seed);
  const all = 2 ** Math.min(pending.length, 40);
  for (let misses = 0; seen.size < all && misses < 1000; ) {
    const lost = pending.filter(() => random() < 0.5);
    if (fresh(lost)) {
      misses = 0;
      yield lost;
    } else misses++;
  }
}

function* orderedSubsets(pending: readonly number[]): Generator<number[]> {
  yield* systematicSubsets(pending);
  for (const piece of pending) yield pending.filter((other) => other !== piece);
  for (let i = 0; i < pending.length; i++) {
    for (let j = i + 1; j < pending.length; j++) yield [pending[i]!, pending[j]!];
  }
}

/** Each pending write torn in each way, everything else there: the parts that are lost. */
export function* tornSubsets(pieces: Pieces, pending: readonly number[]): Generator<number[]> {
  for (const piece of pending) {
    const write = pieces.tearable(piece);
    if (!write) continue;
    for (const tear of tearsOf(write.parts))
      yield tear.flatMap((present, position) => (present ? [] : [write.first + position]));
  }
}
