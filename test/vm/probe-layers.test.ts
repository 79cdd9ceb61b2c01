/** Layers between disk and programs, probed in User-mode Linux: right ones are silent, planted ones are found through them. */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { ProbeDocument } from '../../harness/probe/probe-document.js';
import { Bench, checkout } from '../e2e/plugpull.js';
import { requires } from '../require.js';
import { umlNeed } from './live/live-runs.js';

const workload = 'create foo; write foo 0 4096; fsync foo; fsync .';

t.test('each layer, and the disk below it lying', async (t) => {
  if (!requires(t, umlNeed)) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  const config = join(bench.folder, 'probe.yaml');
  const out = join(bench.folder, 'out');
  writeFileSync(
    config,
    [
      'kernel: uml',
      'storage:',
      '  - {name: overlay, fs: ext4, layers: [overlay], expect: kept}',
      "  - {name: volatile, fs: ext4, layers: ['overlay:volatile'], expect: broken}",
      '  - {name: crypt, fs: ext4, layers: [dm-crypt], expect: kept}',
      '  - {name: lying, fs: ext4, disk: {cache: lying}, layers: [dm-crypt, overlay], expect: broken}',
      '  - {name: all, fs: ext4, layers: [dm-crypt, dm-linear, loop, bind], expect: kept}',
      '  - {name: lying volume, fs: ext4, disk: {cache: lying}, layers: [dm-linear], expect: broken}',
      '  - {name: mirror, fs: ext4, layers: [md-raid1], expect: kept}',
      '  - {name: lying mirror, fs: ext4, disk: {cache: lying}, layers: [md-raid1], expect: broken}',
      '  - {name: cached, fs: ext4, layers: [dm-writecache], expect: kept}',
      '  - {name: lying cache, fs: ext4, disk: {cache: lying}, layers: [dm-writecache], expect: broken}',
      `workloads: ['${workload}']`,
    ].join('\n'),
  );
  const { exitCode, stdout, stderr } = await bench.plugpull(
    ['probe', config, '--json', '--lanes', '1', '--out', out],
    { timeoutMs: 200_000 },
  );
  t.equal(exitCode, 0, stderr);
  const { probes } = JSON.parse(stdout) as ProbeDocument;
  for (const { name, met, workloads, reasons } of probes)
    t.equal(met, true, `${name}: ${JSON.stringify(workloads)} ${JSON.stringify(reasons)}`);
  t.match(probes[1]!.findings[0], { kind: 'does not mount', shortest: { finding: { text: /EINVAL/ } } });
  t.match(probes[3]!.findings[0], { rules: 'posix' });

  // The command that a certificate ends with asks the same of the same storage.
  const certificate = readFileSync(join(out, 'latest/certificate.md'), 'utf8');
  t.match(certificate, /\| layers, from the disk up \| dm-crypt, overlay \|/);
  const commands = [...certificate.matchAll(/^plugpull probe .*$/gm)].map(([command]) => command);
  t.equal(commands.length, probes.length);
  const words = commands[3]!;
  t.match(words, /--layers dm-crypt,overlay --disk cache=lying --kernel uml --workload /);
  const repeat = `${words} --lanes 1 --json --out "${bench.folder}/again"`;
  // By a shell, as a person would.
  const repeated = spawnSync('/bin/sh', ['-c', `plugpull() { bin/plugpull "$@"; }; ${repeat}`], {
    cwd: checkout,
    encoding: 'utf8',
  });
  t.equal(repeated.status, 1, repeated.stderr);
  const answered = JSON.parse(repeated.stdout) as ProbeDocument;
  t.equal(answered.probes[0]!.digest, probes[3]!.digest);
  t.strictSame(bench.leftovers(), []);
});

t.test(
  'FUSE file systems of Debian: one whose directories are never synced, one that keeps what is asked',
  async (t) => {
    if (!requires(t, { commands: [...umlNeed.commands, 'bindfs', 'gocryptfs'] })) return;
    const bench = new Bench();
    t.teardown(() => bench.close());
    const config = join(bench.folder, 'probe.yaml');
    writeFileSync(
      config,
      `kernel: uml
storage:
  - {name: bindfs, fs: ext4, layers: [{kind: fuse, command: bindfs -f $LOWER $AT}]}
  - name: gocryptfs
    fs: ext4
    layers:
      - kind: fuse
        prepare: printf 'secret\\nsecret\\n' | gocryptfs -q -nosyslog -init -scryptn 10 $LOWER
        command: echo secret | gocryptfs -q -nosyslog -fg $LOWER $AT
workloads:
  - create foo; write foo 0 4096; start; write foo 4096 4096; fsync foo
  - create foo; start; rename foo bar; fsync .
`,
    );
    const { stdout, stderr } = await bench.plugpull(['probe', config, '--json', '--lanes', '1'], {
      timeoutMs: 200_000,
    });
    const { probes } = JSON.parse(stdout) as ProbeDocument;
    t.match(probes[0], { workloads: { kept: 1, broken: 1 } }, stderr);
    // A directory's fsync does nothing there (docs/findings/fuse-directory-fsync.md).
    t.match(probes[0]!.findings, [{ rules: 'posix', shortest: { name: 'own.2' } }]);
    t.match(probes[1], { verdict: 'pass', workloads: { kept: 2 } }, stderr);
  },
);

t.test('layers that cannot be', async (t) => {
  const bench = new Bench();
  t.teardown(() => bench.close());
  for (const [args, code, words] of [
    [['--layers', 'overlay,dm-crypt'], 64, /from the disk up/],
    [['--layers', 'lvm'], 64, /expected a layer: dm-crypt, dm-linear, md-raid1, dm-writecache, loop/],
    [['--layers', 'overlay:volatile,bind'], 64, /uppermost/],
    [['--layers', 'dm-crypt,md-raid1'], 64, /as the lowest layer/],
    [['--layers', 'md-raid1', '--kernel', 'host'], 64, /md are not touched on the host/],
    [['--layers', 'dm-crypt', '--kernel', 'host'], 64, /device mapper and md are not touched on the host/],
  ] as const) {
    const { exitCode, stderr } = await bench.plugpull(['probe', ...args]);
    t.equal(exitCode, code, args.join(' '));
    t.match(stderr, words);
  }
});
