/** Shipped right programs, and one with a sync call too many; `npm run campaign -- mutants` has the others. */
import { join } from 'node:path';
import t from 'tap';
import type { MutantsResult } from '../../harness/mutants/mutants-result.js';
import { Bench } from '../e2e/plugpull.js';
import { requires } from '../require.js';

const bench = new Bench();
t.teardown(() => bench.close());
const mutants = async (...args: string[]): Promise<MutantsResult> => {
  const out = join(bench.folder, 'out');
  const { stdout, stderr } = await bench.plugpull(['mutants', '--json', '--out', out, ...args]);
  t.match(stdout, /^\{/, stderr);
  return JSON.parse(stdout);
};
const need = { commands: ['strace', 'python3'] };

t.test('every needed sync of a shipped right program is missed', async (t) => {
  if (!requires(t, need)) return;
  for (const [scenario, killed] of [
    ['seeds/atomic-replace', 7],
    ['seeds/directory-sync', 6],
    ['seeds/fd-sync-existing', 3],
    ['clients/ack-client-shell', 6],
  ] as const) {
    const { baseline, score } = await mutants(`scenarios/${scenario}.yaml`);
    t.equal(baseline.outcome, 'pass', scenario);
    t.match(score, { killed, too_weak: 0, superfluous: 0, unknown: 0, percent: 100 }, scenario);
  }
});

t.test(
  'SQLite by a test that checks nothing: all survive, those that nobody misses with proofs',
  async (t) => {
    if (!requires(t, need)) return;
    const program = 'python3 $WORKLOADS/apps/sqlite_workload.py WAL FULL 1';
    const of = ['--ack-stdout', '^Committed', '--promise', 'none', '--promise', 'ignore:*-shm'];
    const { baseline, mutants: all, score, notes } = await mutants(...of, '--', program);
    t.equal(baseline.outcome, 'pass');
    t.match(score, { killed: 0, unknown: 0, percent: 0 });
    t.match(notes, [/the test checks nothing: .* so every mutant survives/]);
    t.ok(score.too_weak > 0 && score.superfluous > 0);
    const checkpoint = all.filter(({ reason }) => /nothing is durable later without it/.test(reason));
    t.match(checkpoint, [
      { change: 'fdatasync(app.db-wal) is not made', result: 'survived', why: 'superfluous' },
    ]);
    // What SQLite's own checker misses, no promise does: the proof says so.
    const [journal] = all.filter(({ change }) => change === 'fdatasync(app.db-journal) is not made');
    t.match(journal!.reason, /only a checker that asks for the order in between could notice$/);
    for (const { id, why, reason } of all)
      t.match(reason, why === 'superfluous' ? /^by the posix model / : /^the test accepts: /, id);
  },
);

t.test('a sync call too many survives with its proof', async (t) => {
  if (!requires(t, need)) return;
  const wasteful = await mutants(
    '--ack-stdout',
    '^saved',
    '--',
    'echo 1 > a; sync a .; sync -d a; echo saved',
  );
  const spared = wasteful.mutants.filter(({ why }) => why === 'superfluous');
  t.match(wasteful.score, { killed: 3, too_weak: 0, superfluous: 2, unknown: 0, percent: 100 });
  t.same(
    spared.map(({ change, result, reason }) => [change, result, reason]),
    [
      [
        'fsync(a) is not made',
        'survived',
        'by the posix model without it write(a, 0, 2) is durable with fdatasync(a), and no ack and no change lies between',
      ],
      [
        'fdatasync(a) is not made',
        'survived',
        'by the posix model nothing is durable later without it: it makes nothing durable that is not already',
      ],
    ],
    'either of the two syncs of one file can go, each with its proof',
  );
});
