/** The shipped scenarios, as a user runs them: everything as expected, proven whole, audited. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { requires } from '../require.js';
import { allowedByModel } from './against-model.js';
import { Bench, checkout, hostNeed } from './plugpull.js';

/** Those of the matrix, whose other file systems are in matrix.test.ts. */
const inMatrix = (name: string): boolean => existsSync(join(checkout, `scenarios/matrix/${name}.yaml`));

for (const folder of ['seeds', 'broken', 'storage', 'clients', 'apps']) {
  t.test(`scenarios/${folder}: expectations met, exhaustive, no audit mismatch`, async (t) => {
    if (!requires(t, { ...hostNeed, commands: ['nbdfuse', 'python3', 'strace'] })) return;
    const bench = new Bench();
    t.teardown(() => bench.close());
    const { ended, results } = await bench.run([`scenarios/${folder}`, '--lanes', '2'], {
      timeoutMs: 550_000,
    });
    t.equal(results.schema, 'plugpull.results/2');
    t.ok(results.runs.length > 0, 'something ran');
    for (const run of results.runs) {
      t.equal(
        run.met,
        true,
        `${run.scenario} on ${run.storage}: ${run.verdict}, ${JSON.stringify(run.notes)}`,
      );
      t.equal(run.calibration?.outcome, 'pass');
      for (const { engine, exhaustive, audit, states, crash_points } of run.coverage) {
        if (engine !== 'replay') continue;
        t.equal(exhaustive, true, `${run.scenario} is proven whole`);
        t.equal(audit.mismatched, 0);
        t.ok(BigInt(states) >= BigInt(crash_points), 'a crash point has at least one state');
      }
      if (inMatrix(run.scenario)) allowedByModel(t, run);
      if (run.verdict === 'violation') t.ok(run.findings.length > 0, `${run.scenario} names what it found`);
    }
    t.equal(ended.exitCode, 0);
    t.strictSame(bench.leftovers(), []);
  });
}
