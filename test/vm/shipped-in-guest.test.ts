/**
 * Shipped scenarios in a guest: the same two verdicts as on the host. All of them, on each file system and in both places:
 * `npm run docs:places`.
 */
import t from 'tap';
import { Bench, hostNeed } from '../e2e/plugpull.js';
import { requires } from '../require.js';

const longMs = 900_000;

const shipped = [
  'seeds/atomic-replace',
  'seeds/directory-sync',
  'seeds/error-handling-eio',
  'seeds/transaction-log',
  'broken/directory-synced-instead-of-file',
  'broken/eio-retried',
  'broken/no-fsync',
  'broken/rename-without-fsync',
];

t.test('seeds and broken programs get in a guest what they get on the host', async (t) => {
  // Which guest does not matter; QEMU's are in guest-runs.test.ts.
  if (!requires(t, hostNeed)) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  const files = shipped.map((name) => `scenarios/${name}.yaml`);
  // Recorded as each scenario says: what shows in one recording only now and then needs its other schedules.
  const { ended, results } = await bench.run([...files, '--place', 'vm', '--kernel', 'uml'], {
    timeoutMs: longMs,
  });
  t.equal(ended.exitCode, 0, ended.stderr.slice(-500));
  t.equal(results.runs.length, shipped.length);
  for (const { scenario, met, coverage, calibration } of results.runs) {
    t.equal(met, true, `${scenario} as its scenario expects`);
    t.ok(
      coverage.every(({ engine, exhaustive }) => engine !== 'replay' || exhaustive),
      `${scenario}: every crash state`,
    );
    t.equal(calibration?.outcome, 'pass');
  }
  t.strictSame(bench.leftovers(), []);
});
