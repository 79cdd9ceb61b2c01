/**
 * Power lost by dm-flakey in a guest.
 */
import t from 'tap';
import { Bench } from '../../e2e/plugpull.js';
import { requires } from '../../require.js';
import { need, runOf, seed, showsRound } from './live-runs.js';

t.test('dm-flakey: broken programs are found, right ones never', async (t) => {
  if (!requires(t, need)) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  const { results } = await bench.run(
    [
      ...['--place', 'vm', '--method', 'dm-flakey', '--rounds', '4', '--seed', `${seed}`],
      'scenarios/broken/no-fsync.yaml',
      'scenarios/broken/ack-before-fsync.yaml',
      'scenarios/seeds/atomic-replace.yaml',
    ],
    { timeoutMs: 280_000 },
  );
  for (const name of ['no-fsync', 'ack-before-fsync'])
    showsRound(t, runOf(results.runs, name), { rounds: 4, seed });
  const right = runOf(results.runs, 'atomic-replace');
  t.equal(right.verdict, 'pass', JSON.stringify(right.notes));
  t.match(right.coverage, [{ engine: 'live', exhaustive: false, recoveries: 4 }]);
  for (const { calibration } of results.runs) t.equal(calibration?.outcome, 'pass', `${calibration?.detail}`);
  t.same(bench.leftovers(), []);
});
