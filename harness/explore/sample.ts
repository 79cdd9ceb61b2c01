import type { Pieces } from './pieces.js';
import { seededRandom } from './random.js';
import { tearsOf } from './tears.js';

/**
 * The least that is tried of every crash point: everything pending lost, nothing lost, all of one disk lost and all of the
 * others there, each single piece missing. Some may be the same.
 *
 * @param byDisk the pending pieces of each disk, where there are several
 */
export function systematicSubsets(
  pending: readonly number[],
  byDisk: readonly (readonly number[])[] = [],
): number[][] {
  if (pending.length === 0) return [[]];
  const disks = byDisk.filter((own) => own.length > 1 && own.length < pending.length).map((own) => [...own]);
  const subsets = [[...pending], [], ...disks, ...pending.map((piece) => [piece])];
  return pending.length === 1 ? subsets.slice(0, 2) : subsets;
}

/**
 * Subsets of lost pieces in the order worth trying when there is no budget for all: none kept, all kept, one disk's missing, each
 * one missing, each one only, each pair missing, then seeded random ones for ever. Never the same twice.
 */
export function* lostSubsets(
  pending: readonly number[],
  seed: number,
  byDisk: readonly (readonly number[])[] = [],
): Generator<number[]> {
  const seen = new Set<string>();
  const fresh = (lost: number[]): boolean => {
    const key = lost.join();
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  };
  for (const lost of orderedSubsets(pending, byDisk)) if (fresh(lost)) yield lost;
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

function* orderedSubsets(
  pending: readonly number[],
  byDisk: readonly (readonly number[])[],
): Generator<number[]> {
  yield* systematicSubsets(pending, byDisk);
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
