/** What chance decides in a round, and that a seed decides it again; and what a scenario names instead. */
import fc from 'fast-check';
import t from 'tap';
import { Pieces } from '../../../harness/explore/pieces.js';
import type { Loss } from '../../../harness/scenario/schema/live.js';
import type { BlockOperation } from '../../../harness/trace/operation.js';
import { cutAt, type Measured, type Moment, momentOf, roundRandom } from '../../../vm/live/moment.js';
import { lose } from '../../../vm/live/survivors.js';

const measured = { acks: 3, flushes: 4, durationMs: 200 };
/** Four writes: of the last of them, which is four blocks long, a part can be lost. */
const operations = [1, 1, 1, 4].map(
  (blocks, index) =>
    ({ index, kind: 'write', sector: index * 64, sectorCount: blocks * 8, fua: false }) as BlockOperation,
);
const pieces = new Pieces(operations, 'torn', 4096);
const pending = [0, 1, 2, 3];
const lostIn = (seed: number, round: number, wanted: readonly Loss[] = []) =>
  lose(roundRandom(seed, round), { round, pending, pieces, wanted });
const momentIn = (seed: number, round: number, seen: Measured | null = measured): Moment =>
  momentOf(roundRandom(seed, round), { round, measured: seen, wanted: [] });

t.test('the seed and the round decide everything, each differently', async (t) => {
  const long = { acks: 30, flushes: 40, durationMs: 2000 };
  const choicesOf = (seed: number, round: number) => [momentIn(seed, round, long), lostIn(seed, round)];
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

t.test('the first round runs to the end, the others to any ack, flush or time of it', async (t) => {
  t.same(momentIn(1, 0, null), { kind: 'end' });
  const moments = Array.from({ length: 300 }, (_, round) => momentIn(1, round + 1));
  const acks = new Set(moments.map((moment) => (moment.kind === 'ack' ? moment.ack : 0)));
  t.same([...acks].sort(), [0, 1, 2, 3], 'each ack, and others');
  const flushes = new Set(moments.map((moment) => (moment.kind === 'operation' ? moment.n : 0)));
  t.same([...flushes].sort(), [0, 1, 2, 3, 4], 'each flush');
  const times = moments.flatMap((moment) => (moment.kind === 'time' ? [moment.afterMs] : []));
  t.ok(Math.min(...times) < 20 && Math.max(...times) > 180 && Math.max(...times) <= 200, 'from start to end');
});

t.test('without acks and flushes there are only times', async (t) => {
  for (let round = 1; round < 50; round++)
    t.equal(momentIn(1, round, { acks: 0, flushes: 0, durationMs: 10 }).kind, 'time');
});

t.test('moments that a scenario names come in turn, after the round that measures', async (t) => {
  const wanted = [
    { operation: 'flush' as const, n: 3 },
    { matching: '^b' },
    { log: 'ready' },
    { after: 250 },
  ];
  const cuts = [0, 1, 2, 3, 4, 5].map((round) => {
    const moment = momentOf(() => 0, { round, measured: round === 0 ? null : measured, wanted });
    return cutAt(moment);
  });
  t.match(cuts, [
    undefined,
    { operation: 'flush', n: 3, later_writes: 'vanish' },
    { ack: 1, matching: '^b' },
    { log: 'ready' },
    { after: 250 },
    { operation: 'flush', n: 3 },
  ]);
});

t.test('the most is lost first, then the least, then all, none, a part, or one write torn', async (t) => {
  t.same(lostIn(7, 0), { loss: 'all', lost: pending });
  t.same(lostIn(7, 1), { loss: 'none', lost: [] });
  const seen = new Set(Array.from({ length: 300 }, (_, round) => lostIn(7, round + 2).loss));
  t.same([...seen].sort(), ['all', 'none', 'some', 'torn']);
  const sizes = new Set(Array.from({ length: 300 }, (_, round) => lostIn(7, round, ['some']).lost.length));
  t.same([...sizes].sort(), [0, 1, 2, 3, 4]);
});

t.test('a torn write is there in part, the others whole or not at all', async (t) => {
  for (let round = 0; round < 50; round++) {
    const { loss, lost } = lostIn(3, round, ['torn']);
    t.equal(loss, 'torn');
    const parts = lost.filter((piece) => pieces.tornBy(piece) !== undefined);
    t.ok(parts.length >= 1 && parts.length <= 3, `${parts.length} of 4 parts`);
    t.notOk(lost.includes(3), 'the torn one is not lost as a whole');
  }
  const whole = new Pieces(operations.slice(0, 3), 'torn', 4096);
  const { loss } = lose(roundRandom(1, 1), { round: 1, pending: [0, 1, 2], pieces: whole, wanted: ['torn'] });
  t.equal(loss, 'some', 'where no write can be torn');
});
