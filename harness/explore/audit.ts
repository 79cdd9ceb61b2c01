import { signatureOf } from '../judge/judgement.js';
import type { LanePool } from './lane-pool.js';
import type { LeafBook } from './leaf-book.js';
import { seededRandom } from './random.js';

/** What recovering whole random subsets said about the verdicts reached lazily. */
export interface Audit {
  sampled: number;
  mismatched: number;
  /** The first mismatch, for people. */
  detail: string | null;
}

/**
 * Recovers seeded random subsets with every piece decided in advance and nothing remembered, and compares the
 * verdict with that of the leaf each subset falls into. A mismatch means that recovery is not the function of
 * its reads that lazy exploration takes it for.
 */
export async function audit(options: {
  pool: LanePool;
  book: LeafBook;
  /** Pending pieces of each crash point that was explored whole. */
  points: readonly { point: number; pending: readonly number[] }[];
  samples: number;
  seed: number;
}): Promise<Audit> {
  const { pool, book, points, samples, seed } = options;
  const random = seededRandom(seed);
  // A point with nothing pending has one state, which was recovered just so.
  const candidates = points.filter(({ pending }) => pending.length > 0);
  const result: Audit = { sampled: 0, mismatched: 0, detail: null };
  if (candidates.length === 0) return result;
  const chosen = Array.from({ length: samples }, () => {
    const { point, pending } = candidates[Math.floor(random() * candidates.length)]!;
    return { point, lost: pending.filter(() => random() < 0.5) };
  });
  await Promise.all(
    chosen.map(async ({ point, lost }) => {
      const leaf = book.leafOf(point, new Set(lost));
      if (!leaf) throw new Error(`crash point ${point} has no leaf for the lost pieces [${lost}]`);
      const { problems } = await pool.judge(point, lost, { fromMemory: false });
      const eager = [...new Set(problems.map(signatureOf))].sort().join();
      const lazy = [...new Set(leaf.problems)].sort().join();
      result.sampled++;
      if (eager === lazy) return;
      result.mismatched++;
      result.detail ??= `crash point ${point}, lost pieces [${lost}]: recovered whole it gave ${eager || 'no problem'}, explored lazily ${lazy || 'no problem'}`;
    }),
  );
  return result;
}
