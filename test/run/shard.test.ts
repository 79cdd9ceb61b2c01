import t from 'tap';
import { runsOfShard } from '../../harness/run/planning/shard.js';

const names = ['a', 'b', 'c', 'd', 'e', 'new'];
const all = names.map((name) => ({ name, runFolder: `/results/${name}` }));
const durations = new Map([
  ['a', 10],
  ['b', 10],
  ['c', 10],
  ['d', 10],
  ['e', 60],
]);
const shards = (count: number, known?: ReadonlyMap<string, number>): string[] =>
  Array.from({ length: count }, (_, i) =>
    runsOfShard(all, { index: i + 1, count, durations: known })
      .map(({ name }) => name)
      .join(''),
  );

t.test('every so-many-th, and by how long they took', async (t) => {
  t.strictSame(shards(2), ['ace', 'bdnew']);
  // A run that nobody knows takes the usual 20.
  t.strictSame(shards(2, durations), ['e', 'abcdnew']);
  t.strictSame(shards(3, durations), ['e', 'cnew', 'abd']);
});

t.test('each run is in one shard', async (t) => {
  for (const known of [undefined, durations, new Map<string, number>()])
    for (const count of [1, 2, 3, 4, 7])
      t.strictSame(
        Array.from({ length: count }, (_, i) => runsOfShard(all, { index: i + 1, count, durations: known }))
          .flat()
          .map(({ name }) => name)
          .sort(),
        [...names].sort(),
      );
});
