import { signatureOf } from '../judge/judgement.js';
import type { LanePool } from './lane-pool.js';
import type { LeafBook } from './leaf-book.js';
import type { Pieces } from './pieces.js';
import { seededRandom } from './random.js';
import { tearsOf } from './tears.js';

/** What recovering whole random subsets said about the verdicts reached lazily. */
export interface Audit {
  sampled: number;
  mismatched: number;
  /** The first mismatch, for people. */
  detail: string | null;
}

export const notAudited: Audit = { sampled: 0, mismatched: 0, detail: null };

/**
 * Recovers seeded random subsets with every piece decided in advance and nothing remembered, every other one with a
 * write torn where there is one to tear, and compares the verdict with that of the leaf each state falls into. A mismatch means that recovery is not the function of
 * its reads that lazy exploration takes it for.
 */
export async function audit(options: {
  pool: LanePool;
  book: LeafBook;
  pieces: Pieces;
  /** Pending pieces of each crash point that was explored whole, and whether its torn writes were, too. */
  points: readonly { point: number; pending: readonly number[]; torn: boolean }[];
  samples: number;
  seed: number;
}): Promise<Audit> {
  const { pool, book, pieces, points, samples, seed } = options;
  const random = seededRandom(seed);
  // A point with nothing pending has one state, which was recovered just so.
  const candidates = points.filter(({ pending }) => pending.length > 0);
  const result: Audit = { ...notAudited };
  if (candidates.length === 0) return result;
  const oneOf = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const chosen = Array.from({ length: samples }, (_, i) => {
    const { point, pending, torn } = oneOf(candidates);
    const lost = pending.filter(() => random() < 0.5);
    const tearable = torn && i % 2 === 1 ? pending.filter((piece) => pieces.tearable(piece)) : [];
    if (tearable.length === 0) return { point, lost };
    const write = pieces.tearable(oneOf(tearable))!;
    const tear = oneOf(tearsOf(write.parts));
    const parts = tear.flatMap((present, position) => (present ? [] : [write.first + position]));
    return { point, lost: [...lost.filter((piece) => piece !== write.piece), ...parts] };
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
