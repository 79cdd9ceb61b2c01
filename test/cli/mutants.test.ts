/** plugpull mutants from the command line: neither root nor a disk. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { MutantsResult } from '../../harness/mutants/mutants-result.js';
import { Bench } from '../e2e/plugpull.js';
import { requires } from '../require.js';

const right = 'echo x > a; sync a .; echo saved a';

t.test('what a test notices, as table and document, and as exit code', async (t) => {
  if (!requires(t, { commands: ['strace'] })) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  const out = join(bench.folder, 'out');
  const mutants = async (...args: string[]): ReturnType<Bench['plugpull']> =>
    bench.plugpull(['mutants', '--out', out, '--ack-stdout', '^saved (.*)$', ...args]);

  const table = await mutants('--fail-under', '100', '--', right);
  t.equal(table.exitCode, 0, table.stderr);
  t.match(table.stdout, /^killed {6}M1 {3}fsync\(a\) is not made/m);
  t.match(table.stdout, /the test notices 6 of 6 mistakes \(100 %\)/);

  const nothing = await mutants('--json', '--fail-under', '1', '--promise', 'none', '--', right);
  t.equal(nothing.exitCode, 1, 'a score below the limit');
  const result = JSON.parse(nothing.stdout) as MutantsResult;
  t.match(result, {
    schema: 'plugpull.mutants/1',
    baseline: { outcome: 'pass' },
    score: { killed: 0, too_weak: 6, percent: 0 },
    notes: [/checks nothing/],
  });
  const kept = readFileSync(join(out, 'latest', 'mutants.json'), 'utf8');
  t.strictSame(JSON.parse(kept), result, 'the results folder has the same');
  const page = readFileSync(join(out, 'latest', 'mutants.html'), 'utf8');
  t.match(page, /the test notices 0 of 6 mistakes \(0 %\)/);
  t.equal([...page.matchAll(/<tr id="M\d+">.*class="verdict violation">survived</g)].length, 6);

  const broken = await mutants('--', 'echo x > a; sync a; echo saved a');
  t.equal(broken.exitCode, 1, 'the test fails before anything is deleted');
  t.match(broken.stdout, /the test fails on the program as it is/);
  t.match(broken.stdout, /creat\(a\) needs fsync\(\.\)/);

  const idle = await mutants('--', 'echo saved nothing');
  t.equal(idle.exitCode, 0);
  t.match(idle.stdout, /made no sync call/);

  const unseen = await mutants('--', 'rmdir "$PWD"; echo saved nothing');
  t.equal(unseen.exitCode, 2, 'a program of which nothing can be told');
  t.match(unseen.stdout, /unknown: the workload removed the folder that it was started in/);

  const bad = await mutants('--fail-under', '101', '--', right);
  t.equal(bad.exitCode, 64);
  t.match(bad.stderr, /--fail-under: expected per cent from 0 to 100, got 101/);
});
