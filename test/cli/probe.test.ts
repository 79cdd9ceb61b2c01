/** What the probe says before it makes anything; none of it needs root. */
import t from 'tap';
import { Bench } from '../e2e/plugpull.js';

t.test('what cannot be understood is named, with what was expected', async (t) => {
  const bench = new Bench();
  t.teardown(() => bench.close());
  const refused: [RegExp, string[]][] = [
    [/workload 1, line 1 \("touch foo"\): expected an operation/, ['--workload', 'touch foo']],
    [/--fs: expected one of/, ['--fs', 'zfs']],
    [/seq/, ['--seq', '4']],
    [/--resume: expected the results folder of a probe/, ['--resume', bench.folder]],
    [/@nowhere: cannot be read \(ENOENT\)/, ['--workload', '@nowhere']],
  ];
  for (const [says, args] of refused) {
    const { exitCode, stderr } = await bench.plugpull(['probe', ...args]);
    t.equal(exitCode, 64, args.join(' '));
    t.match(stderr, says, args.join(' '));
  }
});

t.test('workloads are listed with their numbers, and counted', async (t) => {
  const bench = new Bench();
  t.teardown(() => bench.close());
  const { stdout } = await bench.plugpull(['probe', '--list', '--seq', '1']);
  t.match(stdout, /^1\.0 {2}create foo; fsync foo$/m);
  t.match(stdout, /^351 workloads \(all workloads of 1 core operation, numbering 1\)$/m);
});
