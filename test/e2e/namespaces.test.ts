/** Several runs at once on one machine do not get into each other's way. */
import t from 'tap';
import { requires } from '../require.js';
import { Bench, hostNeed } from './plugpull.js';

t.test('four runs side by side: everyone gets their own verdict, nothing is left', async (t) => {
  if (!requires(t, { ...hostNeed, commands: ['nbdfuse', 'python3'] })) return;
  const benches = Array.from({ length: 4 }, () => new Bench());
  t.teardown(() => {
    for (const bench of benches) bench.close();
  });
  const scenarios = ['scenarios/seeds/directory-sync.yaml', 'scenarios/broken/no-fsync.yaml'];
  const ended = await Promise.all(
    benches.map((bench) => bench.run([...scenarios, '--no-calibrate', '--lanes', '1'])),
  );
  for (const [i, { results }] of ended.entries()) {
    t.strictSame(
      results.runs.map(({ observed }) => observed),
      ['pass', 'violation'],
      JSON.stringify(results.runs.map(({ notes }) => notes)),
    );
    t.ok(results.runs.every(({ coverage }) => coverage.every(({ exhaustive }) => exhaustive)));
    t.strictSame(benches[i]!.leftovers(), []);
  }
});
