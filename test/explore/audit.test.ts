/** The audit: whole subsets recovered eagerly must say what their leaf says. */
import t from 'tap';
import { audit } from '../../harness/explore/audit.js';
import type { LanePool } from '../../harness/explore/lane-pool.js';
import { LeafBook } from '../../harness/explore/leaf-book.js';
import { Pieces } from '../../harness/explore/pieces.js';
import type { Problem } from '../../harness/judge/judgement.js';
import { problemCalled } from './in-process-pool.js';

/** A pool whose recoveries say what they are told to. */
function poolSaying(say: (point: number, lost: number[]) => Problem[]) {
  const asked: { point: number; lost: number[]; fromMemory: boolean }[] = [];
  const pool = {
    async judge(point: number, lost: number[], { fromMemory }: { fromMemory: boolean }) {
      asked.push({ point, lost, fromMemory });
      return { problems: say(point, lost) };
    },
  } as unknown as LanePool;
  return { pool, asked };
}

const write = (index: number) => ({
  index,
  kind: 'write' as const,
  sector: 8 * index,
  sectorCount: 8,
  fua: false,
});
const pieces = new Pieces([write(0), write(1), write(2)], 'write', 512);

/** Piece 0 missing loses file a; pieces 1 and 2 do not matter. Point 1 has nothing pending. */
function book(): LeafBook {
  const book = new LeafBook(pieces);
  book.add(0, { decisions: [0], problems: [] });
  book.add(0, { decisions: [~0], problems: [problemCalled('a')] });
  book.add(1, { decisions: [], problems: [] });
  return book;
}

const points = [
  { point: 0, pending: [0, 1, 2], torn: true },
  { point: 1, pending: [], torn: true },
];
const truth = (_: number, lost: number[]): Problem[] => (lost.includes(0) ? [problemCalled('a')] : []);

t.test('agrees', async (t) => {
  const { pool, asked } = poolSaying(truth);
  t.same(await audit({ pool, book: book(), points, pieces, samples: 30, seed: 1 }), {
    sampled: 30,
    mismatched: 0,
    detail: null,
  });
  t.ok(
    asked.every(({ fromMemory }) => !fromMemory),
    'recovered for real',
  );
  t.ok(
    asked.every(({ point }) => point === 0),
    'where there is a choice',
  );
  t.equal(
    new Set(asked.map(({ lost }) => lost.join())).size,
    8,
    'all eight subsets came up in thirty samples',
  );
  const again = poolSaying(truth);
  await audit({ pool: again.pool, book: book(), points, pieces, samples: 30, seed: 1 });
  t.same(again.asked, asked, 'the same seed, the same samples');
});

t.test('one wrong verdict is noticed, whichever way', async (t) => {
  const missing = await audit({
    pool: poolSaying(() => []).pool,
    book: book(),
    points,
    pieces,
    samples: 30,
    seed: 1,
  });
  t.ok(missing.mismatched > 0 && missing.mismatched < 30);
  t.match(
    missing.detail,
    /^crash point 0, lost pieces \[0.*\]: recovered whole it gave no problem, explored lazily \[/,
  );
  const added = await audit({
    pool: poolSaying(() => [problemCalled('a')]).pool,
    book: book(),
    points,
    pieces,
    samples: 30,
    seed: 1,
  });
  t.equal(missing.mismatched + added.mismatched, 30);
  const other = (_: number, lost: number[]): Problem[] => (lost.includes(0) ? [problemCalled('b')] : []);
  t.equal(
    (await audit({ pool: poolSaying(other).pool, book: book(), points, pieces, samples: 30, seed: 1 }))
      .mismatched,
    missing.mismatched,
    'another problem is not the same problem',
  );
  const twice = (_: number, lost: number[]): Problem[] =>
    lost.includes(0) ? [problemCalled('a'), { ...problemCalled('a'), detail: 'in other words' }] : [];
  t.equal(
    (await audit({ pool: poolSaying(twice).pool, book: book(), points, pieces, samples: 30, seed: 1 }))
      .mismatched,
    0,
  );
});

t.test('nothing to sample', async (t) => {
  const { pool } = poolSaying(truth);
  const none = { sampled: 0, mismatched: 0, detail: null };
  t.same(await audit({ pool, book: book(), points: points.slice(1), pieces, samples: 30, seed: 1 }), none);
  t.same(await audit({ pool, book: book(), points, pieces, samples: 0, seed: 1 }), none);
});

t.test('a subset without a leaf is a fault, not a pass', async (t) => {
  const holed = new LeafBook(pieces);
  holed.add(0, { decisions: [0], problems: [] });
  await t.rejects(
    audit({ pool: poolSaying(truth).pool, book: holed, points, pieces, samples: 30, seed: 1 }),
    /crash point 0 has no leaf for the lost pieces/,
  );
});
