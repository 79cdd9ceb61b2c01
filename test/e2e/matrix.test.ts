/**
 * The shipped matrix, as a user runs it: the same programs on four file systems, everything as expected, and nothing that
 * recovery shows is forbidden by the file system's model.
 */
import t from 'tap';
import { requires } from '../require.js';
import { Bench, hostNeed } from './plugpull.js';

t.test('the matrix: four file systems', async (t) => {
  if (
    !requires(t, {
      ...hostNeed,
      fs: ['ext2', 'ext4', 'xfs', 'btrfs'],
      commands: ['nbdfuse', 'python3', 'strace'],
    })
  )
    return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  const { results } = await bench.run(['scenarios/matrix'], { timeoutMs: 550_000 });
  t.same(new Set(results.runs.map(({ storage }) => storage)), new Set(['ext2', 'ext4', 'xfs', 'btrfs']));
  for (const run of results.runs) {
    t.equal(run.met, true, `${run.scenario} on ${run.storage}: ${run.verdict}, ${JSON.stringify(run.notes)}`);
    t.ok(run.coverage.every(({ exhaustive, audit }) => exhaustive && audit.mismatched === 0));
    const check = run.coverage.find(({ engine }) => engine === 'replay')!.model_check!;
    t.ok(
      check.checked > 1 && check.checked === check.recovered_states && check.not_allowed === 0,
      `${run.scenario} on ${run.storage}: ${JSON.stringify(check)}`,
    );
  }
});
