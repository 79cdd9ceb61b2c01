/** What chance decides in a round, and that a seed decides it again. */
import fc from 'fast-check';
import t from 'tap';
import { type Moment, momentOf, roundRandom } from '../../../vm/live/moment.js';
import { lostPieces } from '../../../vm/live/survivors.js';

const measured = { acks: 3, durationMs: 200 };
const choicesOf = (seed: number, round: number): { moment: Moment; lost: number[] } => {
  const random = roundRandom(seed, round);
  return { moment: momentOf(random, measured), lost: lostPieces(random, [2, 3, 5, 7]) };
};

t.test('the seed and the round decide everything, each differently', async (t) => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 31 }), fc.nat(1000), (seed, round) => {
      t.same(choicesOf(seed, round), choicesOf(seed, round));
    }),
    { numRuns: 50 },
  );
  const texts = new Set(
    [1, 2].flatMap((seed) =>
      Array.from({ length: 50 }, (_, round) => JSON.stringify(choicesOf(seed, round))),
    ),
  );
  t.ok(texts.size > 60, `${texts.size} of 100 rounds differ`);
});

t.test('the first round runs to the end, the others to any ack or time of it', async (t) => {
  t.same(momentOf(roundRandom(1, 0), null), { kind: 'end' });
  const moments = Array.from({ length: 300 }, (_, round) => choicesOf(1, round + 1).moment);
  const acks = new Set(moments.map((moment) => (moment.kind === 'ack' ? moment.ack : 0)));
  t.same(acks, new Set([0, 1, 2, 3]), 'each ack, and times');
  const times = moments.flatMap((moment) => (moment.kind === 'time' ? [moment.afterMs] : []));
  t.ok(Math.min(...times) < 20 && Math.max(...times) > 180 && Math.max(...times) <= 200, 'from start to end');
});

t.test('without an ack there are only times', async (t) => {
  for (let round = 1; round < 50; round++) {
    t.equal(momentOf(roundRandom(1, round), { acks: 0, durationMs: 10 }).kind, 'time');
  }
});

t.test('of the pending writes all, none, or a part survive', async (t) => {
  const sizes = new Set(Array.from({ length: 300 }, (_, round) => choicesOf(7, round).lost.length));
  t.same(sizes, new Set([0, 1, 2, 3, 4]));
});
