/**
 * Power lost by a guest that is killed.
 */
import t from 'tap';
import { beginsAfresh } from '../../../vm/live/beginning.js';
import { Bench } from '../../e2e/plugpull.js';
import { requires } from '../../require.js';
import { need, runOf, showsRound, umlNeed } from './live-runs.js';

/** Its second round begins afresh and is cut at an ack; its third goes on. */
const seed = 2;
const rounds = 3;

const args = ['--method', 'power', '--rounds', `${rounds}`, '--seed', `${seed}`, '--no-calibrate'];

t.test('power: a right program goes on with what survived, in QEMU', async (t) => {
  if (!requires(t, need)) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  const inQemu = ['--place', 'vm', '--kernel', 'cloud', ...args, 'scenarios/seeds/atomic-replace.yaml'];
  const { results } = await bench.run(inQemu, { timeoutMs: 550_000 });
  const right = runOf(results.runs, 'atomic-replace');
  t.equal(right.verdict, 'pass', JSON.stringify(right.notes));
  t.match(right.coverage, [{ engine: 'live', exhaustive: false, recoveries: rounds }]);
  t.same(
    [0, 1, 2].map((round) => beginsAfresh('auto', seed, round)),
    [true, true, false],
    'on new disks, and on one that survived',
  );
  t.same(bench.leftovers(), []);
});

t.test('power: a broken program is found', async (t) => {
  if (!requires(t, umlNeed)) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  // The choice of rounds is in question, and what is held against the program: whatever runs the guest.
  const inUml = ['--place', 'vm', '--kernel', 'uml', ...args, 'scenarios/broken/ack-before-fsync.yaml'];
  const { results } = await bench.run(inUml, { timeoutMs: 550_000 });
  showsRound(t, runOf(results.runs, 'ack-before-fsync'), { rounds, seed });
  // What its first round made durable hides from a round on the same disk what that one fails to sync.
  const { round } = runOf(results.runs, 'ack-before-fsync').findings[0]!.crash_point!;
  t.ok(beginsAfresh('auto', seed, round! - 1), `found in round ${round}, on a new disk`);
  t.same(bench.leftovers(), []);
});
