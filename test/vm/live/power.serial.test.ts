/**
 * Power lost by a guest that is killed.
 */
import t from 'tap';
import { Bench } from '../../e2e/plugpull.js';
import { requires } from '../../require.js';
import { need, runOf, seed, showsRound } from './live-runs.js';

t.test('power: a broken program is found, a right one goes on with what survived', async (t) => {
  if (!requires(t, need)) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  const { results } = await bench.run(
    [
      ...['--place', 'vm', '--method', 'power', '--rounds', '3', '--seed', `${seed}`, '--no-calibrate'],
      'scenarios/broken/no-fsync.yaml',
      'scenarios/seeds/atomic-replace.yaml',
    ],
    { timeoutMs: 280_000 },
  );
  showsRound(t, runOf(results.runs, 'no-fsync'), 3);
  const right = runOf(results.runs, 'atomic-replace');
  t.equal(right.verdict, 'pass', JSON.stringify(right.notes));
  t.match(right.coverage, [{ engine: 'live', exhaustive: false, recoveries: 3 }]);
  t.same(bench.leftovers(), []);
});
