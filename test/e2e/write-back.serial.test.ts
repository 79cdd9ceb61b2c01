/** Recordings differ in how long the disk takes over a write, and that shows what a fast disk hides. */
import { join } from 'node:path';
import t from 'tap';
import { readManifest } from '../../harness/trace/manifest.js';
import { requires } from '../require.js';
import { Bench, hostNeed } from './plugpull.js';

t.test('the commit that overtakes the data is seen on a slow disk', async (t) => {
  if (!requires(t, { ...hostNeed, fs: 'ext4', commands: ['nbdfuse', 'python3'] })) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  const scenario = 'scenarios/broken/rename-without-fsync.yaml';
  const { results } = await bench.run([scenario, '--recordings', '3', '--no-calibrate']);
  const [run] = results.runs;
  const delays = [0, 1, 2].map((i) => readManifest(join(run!.run, `recording-${i}`, 'trace')).write_delay_ms);
  t.strictSame(delays, [0, 10, 2]);
  t.match(
    run!.findings.find(({ id }) => id.startsWith('R2')),
    { property: /before it takes the name/ },
  );
  t.match(run!.notes.join('\n'), /slow disk.*recording 2 \(10 ms a write\), 3 \(2 ms a write\)/);
});

t.test('a right program keeps its promises on slow disks', async (t) => {
  if (!requires(t, { ...hostNeed, fs: 'ext4', commands: ['nbdfuse', 'python3'] })) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  const { ended, results } = await bench.run([
    'scenarios/seeds/atomic-replace.yaml',
    ...['--recordings', '4', '--no-calibrate'],
  ]);
  t.equal(ended.exitCode, 0);
  t.match(results.runs, [{ contract: 'pass', observed: 'pass' }]);
});
