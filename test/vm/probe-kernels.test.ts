/** The probe in a machine in QEMU, with a kernel of choice: what that kernel is known to break is found, and nothing else. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { ProbeDocument } from '../../harness/probe/probe-document.js';
import { Bench } from '../e2e/plugpull.js';
import { requires } from '../require.js';

t.test('btrfs of Linux 6.1: a removed open file, a renamed symlink; the rest is kept', async (t) => {
  if (!requires(t, { commands: ['qemu-system-x86_64', 'mksquashfs'] })) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  const config = join(bench.folder, 'probe.yaml');
  writeFileSync(
    config,
    `kernel: cloud
storage: [{fs: btrfs, expect: broken}]
workloads:
  - create foo; start; hold foo h; unlink foo; fsync @h
  - mkdir A; start; symlink target A/l; fsync A; rename A/l A/m; fsync A
  - mkdir A; start; create A/foo; write A/foo 0 4096; fsync A/foo; fsync A
`,
  );
  const { exitCode, stdout, stderr } = await bench.plugpull(['probe', config, '--json', '--lanes', '1'], {
    timeoutMs: 600_000,
  });
  t.equal(exitCode, 0, stderr);
  const [probe] = (JSON.parse(stdout) as ProbeDocument).probes;
  t.match(probe, { place: 'vm', kernel: /^6\.1\./, kernel_name: 'cloud', met: true });
  t.match(probe!.workloads, { kept: 1, broken: 2, unknown: 0 });
  t.strictSame(
    probe!.findings.map(({ rules, kind, shortest }) => [rules, kind, shortest.name]),
    [
      ['posix', 'fsync: name', 'own.2'],
      ['linux', 'fsync: removal', 'own.1'],
    ],
  );
  t.strictSame(bench.leftovers(), []);
});
