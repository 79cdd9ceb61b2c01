/** Which rounds of `power` begin afresh. */
import fc from 'fast-check';
import t from 'tap';
import { beginsAfresh } from '../../../vm/live/beginning.js';
import { momentOf, roundRandom } from '../../../vm/live/moment.js';

const seeds = fc.integer({ min: 0, max: 2 ** 31 - 1 });
const rounds = 200;
const choicesOf = (seed: number): boolean[] =>
  Array.from({ length: rounds }, (_, round) => beginsAfresh('mixed', seed, round));

/** How many rounds went on, one after the other, with what one fresh disk became. */
function chainsOf(choices: readonly boolean[]): number[] {
  const chains: number[] = [];
  for (const afresh of choices) {
    if (afresh) chains.push(0);
    else chains[chains.length - 1]!++;
  }
  return chains;
}

t.test('the seed repeats them; the first round has no disk to go on with', async (t) => {
  fc.assert(
    fc.property(seeds, (seed) => {
      const choices = choicesOf(seed);
      t.same(choicesOf(seed), choices);
      t.equal(choices[0], true);
    }),
    { numRuns: 20 },
  );
  t.equal(new Set(Array.from({ length: 50 }, (_, seed) => choicesOf(seed).join())).size, 50);
  const first = choicesOf(2026).slice(0, 12);
  t.same(first.map(Number).join(''), '100000111010', 'and a later release, too');
});

t.test('about a half of the rounds, and chains of several rounds on one disk', async (t) => {
  fc.assert(
    fc.property(seeds, (seed) => {
      const choices = choicesOf(seed);
      const fresh = choices.filter(Boolean).length;
      t.ok(fresh > rounds * 0.3 && fresh < rounds * 0.7, `seed ${seed}: ${fresh} of ${rounds}`);
      t.ok(Math.max(...chainsOf(choices)) >= 3, `seed ${seed}: ${chainsOf(choices)}`);
    }),
    { numRuns: 100 },
  );
});

t.test('whether a round begins afresh says nothing of its moment', async (t) => {
  const counts = { afresh: 0, after: 0, freshAndAck: 0, ack: 0 };
  for (let seed = 0; seed < 20; seed++) {
    for (let round = 1; round < rounds; round++) {
      const { kind } = momentOf(roundRandom(seed, round), {
        round,
        measured: { acks: 1, flushes: 0, durationMs: 100 },
        wanted: [],
      });
      if (beginsAfresh('mixed', seed, round)) {
        counts.afresh++;
        if (kind === 'ack') counts.freshAndAck++;
      } else {
        counts.after++;
        if (kind === 'ack') counts.ack++;
      }
    }
  }
  for (const share of [counts.freshAndAck / counts.afresh, counts.ack / counts.after]) {
    t.ok(share > 0.45 && share < 0.55, `${share}`);
  }
});

t.test('or as the scenario says; the first round, always afresh', async (t) => {
  const rounds = [0, 1, 2, 3];
  t.same(
    rounds.map((round) => beginsAfresh('survivor', 1, round)),
    [true, false, false, false],
  );
  t.same(
    rounds.map((round) => beginsAfresh('fresh', 1, round)),
    [true, true, true, true],
  );
  t.same(
    rounds.map((round) => beginsAfresh('auto', 1, round)),
    rounds.map((round) => beginsAfresh('mixed', 1, round)),
  );
});
