/** The probe on real file systems: clean ones are silent, planted ones are named with their shortest workload. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { ProbeDocument } from '../../harness/probe/probe-document.js';
import { requires } from '../require.js';
import { umlNeed } from '../vm/live/live-runs.js';
import { Bench, hostNeed } from './plugpull.js';

const need = { ...hostNeed, commands: [] };

async function probe(
  bench: Bench,
  args: string[],
): Promise<{ exitCode: number | undefined; document: ProbeDocument }> {
  const { exitCode, stdout, stderr } = await bench.plugpull(
    ['probe', '--json', '--lanes', '1', '--out', join(bench.folder, 'out'), ...args],
    { timeoutMs: 200_000 },
  );
  if (!stdout.startsWith('{')) throw new Error(`no document (exit ${exitCode}): ${stderr}`);
  return { exitCode, document: JSON.parse(stdout) as ProbeDocument };
}

function configOf(bench: Bench, text: string): string {
  const file = join(bench.folder, 'probe.yaml');
  writeFileSync(file, text);
  return file;
}

function folderOf(bench: Bench): string {
  const out = join(bench.folder, 'out');
  return join(out, readdirSync(out).find((name) => name !== 'latest')!);
}

t.test(
  'right ones keep what they owe, proven for every crash state; and an interrupted probe goes on',
  async (t) => {
    for (const fs of ['ext4', 'xfs', 'btrfs']) if (!requires(t, { ...need, fs })) return;
    const bench = new Bench();
    t.teardown(() => bench.close());
    const file = configOf(
      bench,
      [
        'storage: [{fs: ext4, expect: kept}, {fs: xfs, expect: kept}, {fs: btrfs, expect: kept}]',
        'workloads:',
        '  - create foo; write foo 0 4096; fsync foo; fsync .',
        '  - create foo; write foo 0 12288; start; store foo 4096 4096; msync foo 4096 4096',
      ].join('\n'),
    );
    const { exitCode, document } = await probe(bench, [file]);
    t.equal(exitCode, 0);
    t.equal(document.probes.length, 3);
    for (const { name, workloads, findings, complete, met, states, recoveries } of document.probes) {
      t.strictSame(workloads, { kept: 2, broken: 0, unknown: 0, unsupported: 0 }, name);
      t.strictSame({ findings, complete, met }, { findings: [], complete: true, met: true }, name);
      t.ok(
        recoveries > 2 && Number(states) >= recoveries,
        `${name}: ${states} states in ${recoveries} recoveries`,
      );
    }
    t.strictSame(bench.leftovers(), []);

    const folder = folderOf(bench);
    const answers = join(folder, 'answers-2.ndjson');
    const lines = readFileSync(answers, 'utf8').trimEnd().split('\n');
    // As a kill in the middle of a write leaves it.
    writeFileSync(answers, `${lines[0]}\n${lines[1]!.slice(0, 20)}`);
    const again = await bench.plugpull(['probe', '--json', '--resume', folder], { timeoutMs: 200_000 });
    const digests = (some: ProbeDocument) => some.probes.map(({ digest }) => digest);
    t.strictSame(digests(JSON.parse(again.stdout) as ProbeDocument), digests(document), 'the same answers');
  },
);

t.test('planted ones are found, each with its shortest workload, and certified as such', async (t) => {
  if (!requires(t, { ...need, fs: 'ext4' })) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  const file = configOf(
    bench,
    [
      'storage:',
      '  - {name: lying, fs: ext4, disk: {cache: lying}, expect: broken}',
      '  - {name: nobarrier, fs: ext4, mount: nobarrier, expect: broken}',
      'workloads:',
      '  - create foo; write foo 0 12288; start; unlink foo; fsync .',
      '  - mkdir A; fsync .',
    ].join('\n'),
  );
  const { exitCode, document } = await probe(bench, [file]);
  t.equal(exitCode, 0, 'as expected');
  t.equal(document.verdict, 'violation');
  for (const { name, verdict, workloads, findings } of document.probes) {
    t.equal(verdict, 'violation', name);
    t.equal(workloads.broken, 2, name);
    t.ok(
      findings.every(({ rules }) => rules === 'posix'),
      name,
    );
    t.ok(
      findings.some(({ shortest }) => shortest.lines.join('; ') === 'mkdir A; fsync .'),
      name,
    );
  }
  const certificate = readFileSync(join(folderOf(bench), 'certificate.md'), 'utf8');
  t.match(certificate, /\*\*not\*\* assured here/);
  t.match(certificate, document.probes[0]!.digest);
});

t.test('a device of the machine is neither made nor mounted', async (t) => {
  const bench = new Bench();
  t.teardown(() => bench.close());
  const out = ['--out', join(bench.folder, 'out')];
  for (const [fs, option] of [
    ['xfs', '--mkfs-options=-l logdev=/dev/vda'],
    ['ext4', '--mkfs-options=-J device=/dev/vda'],
    ['btrfs', '--mkfs-options=-d raid1 /dev/vda'],
    ['xfs', '--mount-options=logdev=/dev/vda'],
  ] as const)
    for (const command of [['probe'], ['run', '--ack-stdout', '.', '--engine', 'replay']]) {
      const program = command[0] === 'run' ? ['--', 'true'] : [];
      const { exitCode, stderr } = await bench.plugpull([...command, ...out, '--fs', fs, option, ...program]);
      t.equal(exitCode, 64, stderr);
      t.match(stderr, /without a device of the machine/);
    }
  const config = join(bench.folder, 'config.yaml');
  writeFileSync(config, 'storage: [{fs: ext4, device: /dev/vda}]\n');
  const { exitCode, stderr } = await bench.plugpull(['probe', config, ...out]);
  t.equal(exitCode, 64);
  t.match(stderr, /key storage\.0\.device: expected one of the keys fs, [^;]*found "device"/);
});

t.test('what the kernel will not mount is refused, in its words', async (t) => {
  if (!requires(t, umlNeed)) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  const { exitCode, stderr } = await bench.plugpull([
    ...['probe', '--kernel', 'uml', '--lanes', '1', '--out', join(bench.folder, 'out')],
    ...['--mount-options', 'no_such_option'],
  ]);
  t.equal(exitCode, 64, stderr);
  t.match(stderr, /cannot be mounted: EINVAL; .*no_such_option/);
});

t.test('what mkfs refuses is the user’s, in its words', async (t) => {
  if (!requires(t, { ...need, fs: 'ext4' })) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  const args = ['probe', '--out', join(bench.folder, 'out'), '--mkfs-options=-O no_such_feature'];
  const { exitCode, stderr } = await bench.plugpull(args);
  t.equal(exitCode, 64);
  t.match(stderr, /mkfs\.ext4: .*[Ii]nvalid filesystem option/);
});
