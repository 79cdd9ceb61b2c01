/** The shipped scenarios in guests: the same two verdicts as on the host. */
import t from 'tap';
import { Bench, hostNeed } from '../e2e/plugpull.js';
import { requires } from '../require.js';

const longMs = 900_000;

t.test('the seeds and broken programs get in a guest what they get on the host', async (t) => {
  // Which guest does not matter; QEMU's are in guest-runs.test.ts.
  if (!requires(t, hostNeed)) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  const folders = ['scenarios/seeds', 'scenarios/broken'];
  // Recorded as each scenario says: what shows in one recording only now and then needs its other schedules.
  const { ended, results } = await bench.run([...folders, '--place', 'vm', '--kernel', 'uml'], {
    timeoutMs: longMs,
  });
  t.equal(ended.exitCode, 0, ended.stderr.slice(-500));
  t.ok(results.runs.length >= 20);
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
