/** Choice without a budget for all: the order of subsets, the seeded generator, shrinking. */
import fc from 'fast-check';
import t from 'tap';
import { seededRandom } from '../../harness/explore/random.js';
import { lostSubsets } from '../../harness/explore/sample.js';
import { shrinkLost } from '../../harness/explore/shrink.js';
import { allSubsets } from './brute-force.js';

t.test('seeded numbers are the same in every release', async (t) => {
  const numbers = (seed: number): number[] => {
    const random = seededRandom(seed);
    return Array.from({ length: 4 }, () => Math.floor(random() * 1e9));
  };
  t.same(numbers(1), [627073940, 2735721, 527447039, 981050967]);
  t.same(numbers(0), [266429208, 329745, 223272027, 146202147]);
  t.same(numbers(2 ** 32 + 1), numbers(1), 'a seed is 32 bits');
  t.same(numbers(-1), numbers(2 ** 32 - 1));
  const random = seededRandom(5);
  const all = Array.from({ length: 10_000 }, random);
  t.ok(all.every((number) => number >= 0 && number < 1));
  t.ok(Math.abs(all.reduce((sum, number) => sum + number, 0) / all.length - 0.5) < 0.01);
});

const pending = fc
  .uniqueArray(fc.nat({ max: 500 }), { maxLength: 7 })
  .map((list) => list.sort((a, b) => a - b));

t.test(
  'subsets: none kept, all kept, one missing, one only, two missing, then random; none twice',
  async (t) => {
    const property = fc.property(pending, fc.nat(), (pending, seed) => {
      const subsets: number[][] = [];
      for (const lost of lostSubsets(pending, seed)) {
        subsets.push(lost);
        if (subsets.length >= 200) break;
      }
      const keys = subsets.map((lost) => lost.join());
      if (new Set(keys).size < keys.length) throw new Error('a subset came twice');
      for (const lost of subsets) {
        if (lost.some((piece, i) => !pending.includes(piece) || (i > 0 && lost[i - 1]! >= piece))) {
          throw new Error(`${lost} is no ascending subset of ${pending}`);
        }
      }
      // The rank of each in the promised order; a small subset can be several of these, and then counts as the first.
      const rank = (lost: number[]): number => {
        if (lost.length === pending.length) return 0;
        if (lost.length === 0) return 1;
        if (lost.length === 1) return 2;
        if (lost.length === pending.length - 1) return 3;
        return lost.length === 2 ? 4 : 5;
      };
      const ranks = subsets.map(rank);
      if (ranks.some((value, i) => i > 0 && value < ranks[i - 1]!)) throw new Error(`order ${ranks}`);
      const n = pending.length;
      const few = [...allSubsets(pending)].filter((lost) => rank([...lost]) < 5).length;
      if (ranks.filter((value) => value < 5).length < Math.min(few, 200))
        throw new Error('one of the few is missing');
      if (n <= 5 && subsets.length !== 2 ** n) throw new Error(`${subsets.length} of ${2 ** n} subsets`);
      const again = [...take(lostSubsets(pending, seed), 200)].map((lost) => lost.join());
      if (again.join('|') !== keys.join('|')) throw new Error('the same seed gave others');
    });
    fc.assert(property, { numRuns: 300 });
    t.pass();
  },
);

function* take<T>(from: Iterable<T>, count: number): Generator<T> {
  let left = count;
  for (const item of from) {
    if (left-- <= 0) return;
    yield item;
  }
}

t.test('random subsets of many pieces are pinned by their seed, and go on', async (t) => {
  const many = Array.from({ length: 60 }, (_, i) => i);
  const few = 2 + 60 + 60 + (60 * 59) / 2;
  const subsets = [...take(lostSubsets(many, 1), few + 3)].slice(few);
  t.same(
    subsets.map((lost) => lost.length),
    [32, 30, 32],
  );
  t.equal([...take(lostSubsets(many, 1), few + 500)].length, few + 500);
});

/** `shows` for every subset, by its key. */
const oracle = (pieces: number[]): fc.Arbitrary<Map<string, boolean>> =>
  fc
    .array(fc.boolean(), { minLength: 2 ** pieces.length, maxLength: 2 ** pieces.length })
    .map((shows) => new Map([...allSubsets(pieces)].map((lost, i) => [[...lost].join(), shows[i]!])));

t.test('shrinking ends at a set of which none can be given back', async (t) => {
  const sets = fc
    .uniqueArray(fc.nat({ max: 99 }), { maxLength: 7 })
    .map((list) => list.sort((a, b) => a - b));
  const property = fc.asyncProperty(
    sets.chain((lost) => fc.tuple(fc.constant(lost), oracle(lost))),
    async ([lost, shows]) => {
      let asked = 0;
      const result = await shrinkLost(lost, async (fewer) => {
        asked++;
        const known = shows.get(fewer.join());
        if (known === undefined) throw new Error(`asked for ${fewer}, which is no subset of ${lost}`);
        return known;
      });
      const stillShows = shows.get(result.join()) === true || result.join() === lost.join();
      if (!stillShows) throw new Error(`${result} does not show it`);
      if (shows.get('') && result.length > 0) throw new Error('nothing needed to be lost');
      for (const piece of result) {
        const fewer = result.filter((other) => other !== piece);
        if (shows.get(fewer.join())) throw new Error(`${result}: ${piece} can be given back`);
      }
      if (asked > 200) throw new Error(`${asked} recoveries for ${lost.length} pieces`);
    },
  );
  await fc.assert(property, { numRuns: 500 });
  t.pass();
});

t.test('where losing more is never better, it ends at a smallest set', async (t) => {
  const property = fc.asyncProperty(
    fc.uniqueArray(fc.nat({ max: 299 }), { minLength: 1, maxLength: 4 }),
    async (culprits) => {
      const lost = Array.from({ length: 300 }, (_, i) => i);
      let asked = 0;
      const result = await shrinkLost(lost, async (fewer) => {
        asked++;
        return culprits.every((piece) => fewer.includes(piece));
      });
      t.same(
        result,
        [...culprits].sort((a, b) => a - b),
      );
      if (asked > 120 * culprits.length) throw new Error(`${asked} recoveries`);
    },
  );
  await fc.assert(property, { numRuns: 30 });
});
