/** The probe in User-mode Linux, which needs no root, and has file systems that the host may not have. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { ProbeDocument } from '../../harness/probe/probe-document.js';
import { Bench } from '../e2e/plugpull.js';
import { requires } from '../require.js';
import { umlNeed } from './live/live-runs.js';

t.test('right ones are silent, planted ones are found, a bug of f2fs shows where it is', async (t) => {
  if (!requires(t, { commands: [...umlNeed.commands, 'mkfs.f2fs'] })) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  const config = join(bench.folder, 'probe.yaml');
  const out = join(bench.folder, 'out');
  writeFileSync(
    config,
    [
      'kernel: uml',
      'storage:',
      '  - {name: right, fs: ext4, expect: kept}',
      '  - {name: lying, fs: ext4, disk: {cache: lying}, expect: broken}',
      '  - {name: posix, fs: f2fs, mount: fsync_mode=posix, expect: broken}',
      '  - {name: strict, fs: f2fs, mount: fsync_mode=strict, expect: kept}',
      'workloads:',
      // What f2fs recovers in place of the file that was renamed (xfstests, generic/342).
      '  - create foo; write foo 0 12288; start; rename foo bar; create foo; write foo 0 4096; fsync foo',
    ].join('\n'),
  );
  const { exitCode, stdout, stderr } = await bench.plugpull(
    ['probe', config, '--json', '--lanes', '1', '--out', out],
    { timeoutMs: 200_000 },
  );
  t.equal(exitCode, 0, stderr);
  const { probes } = JSON.parse(stdout) as ProbeDocument;
  for (const { name, kernel, place, met, workloads } of probes) {
    t.strictSame([place, met], ['vm', true], `${name}: ${JSON.stringify(workloads)}`);
    t.match(kernel, / uml/);
  }
  t.match(probes[2]!.findings[0], { rules: 'linux' }, 'custom, not contract');
  t.match(readFileSync(join(out, 'latest/certificate.md'), 'utf8'), /\| kernel \| Linux .* uml/);
  t.strictSame(bench.leftovers(), []);
});

t.test('a kernel that is none', async (t) => {
  const bench = new Bench();
  t.teardown(() => bench.close());
  for (const [kernel, words] of [
    ['nebulous', /--kernel nebulous: /],
    ['cloud@warty', /--kernel cloud@warty: expected a release of Debian/],
  ] as const) {
    const { exitCode, stderr } = await bench.plugpull(['probe', '--kernel', kernel]);
    t.equal(exitCode, 64, stderr);
    t.match(stderr, words);
  }
});
