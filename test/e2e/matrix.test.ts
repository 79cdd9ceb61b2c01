/** The shipped matrix, as a user runs it: the same programs on four file systems, everything as expected. */
import t from 'tap';
import { requires } from '../require.js';
import { Bench, hostNeed } from './plugpull.js';

t.test('the matrix: four file systems', async (t) => {
  if (!requires(t, { ...hostNeed, fs: ['ext2', 'ext4', 'xfs', 'btrfs'], commands: ['nbdfuse', 'python3'] }))
    return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  const { results } = await bench.run(['scenarios/matrix'], { timeoutMs: 280_000 });
  t.same(new Set(results.runs.map(({ storage }) => storage)), new Set(['ext2', 'ext4', 'xfs', 'btrfs']));
  for (const run of results.runs) {
    t.equal(run.met, true, `${run.scenario} on ${run.storage}: ${run.verdict}, ${JSON.stringify(run.notes)}`);
    t.ok(run.coverage.every(({ exhaustive, audit }) => exhaustive && audit.mismatched === 0));
  }
});
