/**
 * Power lost by a guest that is killed.
 */
import t from 'tap';
import { beginsAfresh } from '../../../vm/live/beginning.js';
import { Bench } from '../../e2e/plugpull.js';
import { requires } from '../../require.js';
import { right, scenarioFile } from '../shell-scenarios.js';
import { need, runOf, showsRound, umlNeed } from './live-runs.js';

const byPower = (rounds: number, seed: number): string[] => [
  ...['--method', 'power', '--rounds', `${rounds}`, '--seed', `${seed}`, '--no-calibrate'],
];

t.test('power: a right program goes on with what survived, in QEMU', async (t) => {
  if (!requires(t, need)) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  // Each round boots a guest: as few as there are ways to begin. The second is cut at an ack.
  const [rounds, seed] = [2, 4];
  const file = scenarioFile(bench.folder, 'right', right);
  const inQemu = ['--place', 'vm', '--kernel', 'cloud', ...byPower(rounds, seed), file];
  const { results } = await bench.run(inQemu, { timeoutMs: 550_000 });
  const run = runOf(results.runs, 'right');
  t.equal(run.verdict, 'pass', JSON.stringify(run.notes));
  t.match(run.coverage, [{ engine: 'live', exhaustive: false, recoveries: rounds }]);
  t.same(
    [0, 1].map((round) => beginsAfresh('auto', seed, round)),
    [true, false],
    'on a new disk, and on one that survived',
  );
  t.same(bench.leftovers(), []);
});

t.test('power: a broken program is found', async (t) => {
  if (!requires(t, umlNeed)) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  // The choice of rounds is in question, and what is held against the program: whatever runs the guest. The second round
  // begins afresh and is cut at an ack; the third goes on.
  const [rounds, seed] = [3, 2];
  const inUml = ['--place', 'vm', '--kernel', 'uml', ...byPower(rounds, seed)];
  const file = 'scenarios/broken/ack-before-fsync.yaml';
  const { results } = await bench.run([...inUml, file], { timeoutMs: 550_000 });
  showsRound(t, runOf(results.runs, 'ack-before-fsync'), { rounds, seed });
  // What its first round made durable hides from a round on the same disk what that one fails to sync.
  const { round } = runOf(results.runs, 'ack-before-fsync').findings[0]!.crash_point!;
  t.ok(beginsAfresh('auto', seed, round! - 1), `found in round ${round}, on a new disk`);
  t.same(bench.leftovers(), []);
});
