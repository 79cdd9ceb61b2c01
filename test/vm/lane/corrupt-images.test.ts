/** Crash images with flipped bits, mounted by User-mode Linux: whatever that does to it, it is told, and the host never sees them. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { type FlippedTraceOptions, writeFlippedTrace } from '../../../bench/fuzz/flipped-trace.js';
import type { RunResult } from '../../../harness/verdict/results.js';
import { Bench, hostNeed } from '../../e2e/plugpull.js';
import { requires } from '../../require.js';

const need = {
  ...hostNeed,
  fs: ['ext4', 'ext2'] as const,
  commands: ['nbdfuse', 'python3', 'setpriv', 'apt-get', 'dpkg-deb', 'depmod'],
};

/** Records something, flips bits in it, and has User-mode Linux recover that. */
async function judged(
  bench: Bench,
  storage: string,
  { images, hits }: Pick<FlippedTraceOptions, 'images' | 'hits'>,
): Promise<{ exitCode: number | undefined; run: RunResult }> {
  const folder = join(bench.folder, storage.replaceAll(/\W+/g, '-'));
  mkdirSync(folder);
  const scenario = join(folder, 'names.yaml');
  writeFileSync(
    scenario,
    `name: names
workload: {run: 'for i in 1 2 3 4 5 6; do echo $i > name-$i; sync name-$i; done; sync .; echo ack'}
ack: {stdout: '^(ack)$'}
storage: [${storage}]
`,
  );
  const recorded = join(folder, 'recorded');
  const { exitCode, stderr } = await bench.plugpull([
    'record',
    scenario,
    '--place',
    'host',
    '--out',
    recorded,
  ]);
  if (exitCode !== 0) throw new Error(stderr);
  const trace = join(folder, 'flipped');
  await writeFlippedTrace({ from: recorded, to: trace, images, seed: 7, ...(hits ? { hits } : {}) });
  const options = ['--recover', 'uml', '--engine', 'replay', '--no-calibrate', '--json'];
  const ended = await bench.plugpull(['check', trace, ...options, '--out', join(folder, 'out')]);
  if (ended.stdout === '') throw new Error(ended.stderr);
  return { exitCode: ended.exitCode, run: (JSON.parse(ended.stdout) as { runs: RunResult[] }).runs[0]! };
}

t.test('bits flipped in journal and metadata: findings, and no guest is lost', async (t) => {
  if (!requires(t, need)) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  const { exitCode, run } = await judged(bench, '{fs: ext4}', { images: 30 });
  t.equal(exitCode, 1);
  t.match(JSON.stringify(run.findings), /ext4 does not mount: EBADMSG/);
  t.match(run.recovered_by, / uml/);
  t.ok(run.coverage[0]!.exhaustive && run.coverage[0]!.recoveries >= 30);
  t.strictSame(bench.leftovers(), []);
});

t.test('an image that makes the kernel panic is unknown, and can be seen again', async (t) => {
  if (!requires(t, need)) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  const { exitCode, run } = await judged(bench, '{fs: ext2, mount: [errors=panic]}', {
    images: 6,
    hits: (block) => block.includes('name-5'),
  });
  t.equal(exitCode, 2);
  const notes = run.notes.join('\n');
  t.match(notes, /the guest ended .*: its kernel panicked \(EXT2-fs: panic from previous error\); unless /);
  t.match(notes, /console ended with:\n.*EXT2-fs .*error.*Kernel panic/s);
  t.match(notes, /plugpull mount \S+ U1 --recover uml --command 'ls -la'/);
  t.ok(run.coverage[0]!.exhaustive, 'the other crash states were judged by other guests');
  const again = await bench.plugpull(['mount', run.run, 'U1', '--recover', 'uml', '--command', 'ls -la']);
  t.equal(again.exitCode, 2);
  t.match(again.stderr, /its kernel panicked \(EXT2-fs: panic from previous error\)/);
  t.strictSame(bench.leftovers(), []);
});
