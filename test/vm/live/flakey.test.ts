/**
 * Power lost by dm-flakey in a guest.
 */
import { join } from 'node:path';
import t from 'tap';
import { Bench } from '../../e2e/plugpull.js';
import { requires } from '../../require.js';
import { need, runOf, seed, showsRound, umlNeed } from './live-runs.js';

t.test('dm-flakey: broken programs are found, right ones never', async (t) => {
  if (!requires(t, umlNeed)) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  const { results } = await bench.run(
    [
      ...['--place', 'vm', '--kernel', 'uml', '--method', 'dm-flakey', '--rounds', '4', '--seed', `${seed}`],
      'scenarios/broken/no-fsync.yaml',
      'scenarios/broken/ack-before-fsync.yaml',
      'scenarios/seeds/atomic-replace.yaml',
    ],
    { timeoutMs: 550_000 },
  );
  for (const name of ['no-fsync', 'ack-before-fsync'])
    showsRound(t, runOf(results.runs, name), { rounds: 4, seed });
  const right = runOf(results.runs, 'atomic-replace');
  t.equal(right.verdict, 'pass', JSON.stringify(right.notes));
  t.match(right.coverage, [{ engine: 'live', exhaustive: false, recoveries: 4 }]);
  for (const { calibration } of results.runs) t.equal(calibration?.outcome, 'pass', `${calibration?.detail}`);
  t.same(bench.leftovers(), []);
});

t.test('what the target of a kernel does not know is refused by name', async (t) => {
  if (!requires(t, need)) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  const { exitCode, stderr } = await bench.plugpull([
    ...['run', '--place', 'vm', '--kernel', 'cloud', '--method', 'dm-flakey', '--no-calibrate'],
    ...['--flakey', 'drop_writes,error_reads', '--out', join(bench.folder, 'out')],
    'scenarios/seeds/atomic-replace.yaml',
  ]);
  t.equal(exitCode, 69, stderr);
  t.match(stderr, /live\.flakey: the guest's kernel does not know dm-flakey's error_reads.*cloud@trixie/);
  t.same(bench.leftovers(), []);
});
