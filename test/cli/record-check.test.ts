import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { Results } from '../../harness/verdict/results.js';
import { Bench, checkout, hostNeed } from '../e2e/plugpull.js';
import { requires } from '../require.js';
import { forgetChecksums } from '../trace/forget-checksums.js';

const bench = new Bench();
t.teardown(() => bench.close());

const scenarioFile = join(checkout, 'scenarios/broken/no-fsync.yaml');
const trace = join(bench.folder, 'trace');
const out = ['--out', join(bench.folder, 'out')];

async function check(
  args: string[],
): Promise<{ exitCode: number | undefined; stderr: string; results: Results }> {
  const { exitCode, stdout, stderr } = await bench.plugpull(['check', '--json', ...out, ...args]);
  return { exitCode, stderr, results: stdout ? (JSON.parse(stdout) as Results) : (null as never) };
}

function digests(folder: string): Record<string, string> {
  return Object.fromEntries(
    readdirSync(folder).map((name) => [
      name,
      createHash('sha256')
        .update(readFileSync(join(folder, name)))
        .digest('hex'),
    ]),
  );
}

const without = ({ findings }: Results['runs'][number]): unknown =>
  findings.map(({ reproduce: _, ...finding }) => finding);

t.test('the two halves of a run', async (t) => {
  if (!requires(t, hostNeed)) return;
  const recorded = await bench.plugpull(['record', scenarioFile, '--out', trace]);
  t.equal(recorded.exitCode, 0);
  t.equal(recorded.stdout, trace, 'standard output is the folder, for scripts');
  t.match(readdirSync(trace), ['base.img', 'calls.strace', 'disk.log', 'events.ndjson', 'manifest.json']);
  const before = digests(trace);

  await t.test('check gives the document and exit code of run', async (t) => {
    const { exitCode, results } = await check([trace]);
    const [run] = results.runs;
    t.equal(exitCode, 0, 'as the scenario expects');
    t.match(results, { schema: 'plugpull.results/2', verdict: 'violation', met: true });
    t.match(run, { scenario: 'no-fsync', storage: 'ext4', observed: 'violation' });
    t.match(run!.calibration, { outcome: 'pass' }, 'the engine is calibrated first');
    t.match(run!.coverage, [{ exhaustive: true, audit: { mismatched: 0 } }]);
    t.ok(existsSync(join(run!.run, 'result.json')));
    const again = await check([trace, '--lanes', '1']);
    t.same(without(again.results.runs[0]!), without(run!), 'the same trace, the same findings');
  });

  await t.test('by another checker, or another promise', async (t) => {
    const none = await check([
      trace,
      '--promise',
      'none',
      '--expect',
      'observed=pass',
      '--expect',
      'contract=pass',
    ]);
    t.equal(none.exitCode, 0);
    t.equal(none.results.verdict, 'pass');
    t.match(none.results.runs[0]!.notes, [/no promise and no checker/]);
    const judged = await check([
      trace,
      '--promise',
      'none',
      '--checker',
      '[ -s notes.txt ] || { echo it is gone; exit 1; }',
    ]);
    t.equal(judged.results.verdict, 'violation');
    t.match(judged.results.runs[0]!.findings[0], { kind: 'checker', property: /it is gone/ });
    const broken = await check([trace, '--promise', 'none', '--checker', 'exit 3']);
    t.equal(broken.exitCode, 2, 'a checker that cannot tell');
    t.equal(broken.results.verdict, 'unknown');
  });

  await t.test('within a budget', async (t) => {
    const { exitCode, results } = await check([trace, '--promise', 'none', '--budget', 'recoveries=4']);
    t.equal(results.runs[0]!.coverage[0]!.exhaustive, false);
    t.equal(results.runs[0]!.coverage[0]!.systematic, false);
    t.equal(exitCode, 2, 'so few are no pass, and no violation either');
    const asked = ['--budget', 'recoveries=4', '--require', 'exhaustive'];
    const required = await check([trace, '--promise', 'none', ...asked]);
    t.equal(required.exitCode, 2);
    t.match(
      required.results.runs[0]!.notes.join('\n'),
      /--require\): expected exhaustive, and the replay engine did not look at every crash state: /,
    );
  });

  await t.test('a check is a run: shown, and gone on with', async (t) => {
    const { results } = await check([trace]);
    const folder = results.runs[0]!.run;
    const shown = await bench.plugpull(['show', folder, 'F1']);
    t.match(shown.stdout, /notes\.txt is missing/);
    const resumed = await bench.plugpull(['run', '--json', '--resume', join(folder, '..')]);
    t.same(without((JSON.parse(resumed.stdout) as Results).runs[0]!), without(results.runs[0]!));
    const inside = await check([folder]);
    t.equal(inside.results.verdict, 'violation', 'the folder of a run will do as a trace');
  });

  await t.test('an ack without its snapshot is unknown, never a pass', async (t) => {
    const torn = join(bench.folder, 'torn');
    await bench.plugpull(['record', scenarioFile, '--out', torn]);
    forgetChecksums(torn);
    const path = join(torn, 'events.ndjson');
    const lines = readFileSync(path, 'utf8').split('\n');
    const kept = lines.filter((line) => !/"type":"snapshot","ack":1/.test(line));
    writeFileSync(path, kept.join('\n'));
    const { exitCode, results } = await check([torn]);
    t.equal(results.verdict, 'unknown');
    t.equal(exitCode, 2);
    t.match(results.runs[0]!.notes, [/no snapshot of ack 1 \("Synced notes.txt"\)/]);
    writeFileSync(path, lines.filter((line) => !line.includes('"snapshot"')).join('\n'));
    const none = await check([torn]);
    t.equal(none.exitCode, 64);
    t.match(none.stderr, /holds no snapshots.*--checker/);
  });

  t.same(digests(trace), before, 'judging leaves the trace as it was');
  t.same(bench.leftovers(), []);
});

t.test('several recordings, each in a folder of its own', async (t) => {
  if (!requires(t, { ...hostNeed, fs: ['ext4', 'ext2'] })) return;
  const folder = join(bench.folder, 'several');
  const run = ['--fs', 'ext4,ext2', '--name', 'two', '--', 'true'];
  const { exitCode, stdout } = await bench.plugpull(['record', '--json', '--out', folder, ...run]);
  t.equal(exitCode, 0);
  t.match(JSON.parse(stdout), {
    schema: 'plugpull.record/1',
    traces: [
      { folder: join(folder, 'two--ext4'), scenario: 'two', storage: 'ext4', problem: null },
      { folder: join(folder, 'two--ext2'), storage: 'ext2' },
    ],
  });
  const { results } = await check([
    join(folder, 'two--ext4'),
    join(folder, 'two--ext2'),
    '--promise',
    'none',
  ]);
  t.match(results.runs, [{ storage: 'ext4' }, { storage: 'ext2' }]);
});

t.test('what the setup left is durable, also where the file system never flushes its disk', async (t) => {
  if (!requires(t, { ...hostNeed, fs: ['ext4', 'ext2'] })) return;
  for (const storage of [
    ['--fs', 'ext4', '--mount-options', 'nobarrier'],
    ['--fs', 'ext2'],
  ]) {
    const folder = join(bench.folder, `setup-${storage[1]}`);
    const setup = ['--setup', 'echo made-by-setup > kept'];
    const { exitCode } = await bench.plugpull([
      'record',
      '--out',
      folder,
      ...storage,
      ...setup,
      '--',
      'true',
    ]);
    t.equal(exitCode, 0);
    t.ok(readFileSync(join(folder, 'base.img')).includes('made-by-setup'), storage.join(' '));
  }
});

t.test('a workload that failed is said, and judged as unknown', async (t) => {
  if (!requires(t, hostNeed)) return;
  const folder = join(bench.folder, 'failed');
  const recorded = await bench.plugpull(['record', '--out', folder, '--', 'exit 5']);
  t.equal(recorded.exitCode, 0);
  t.match(recorded.stderr, /exit code 5, expected 0/);
  t.equal((await check([folder])).exitCode, 2);
});

t.test('bad usage', async (t) => {
  const cases: { args: string[]; says: RegExp }[] = [
    { args: ['record'], says: /record: expected scenario files, or a command after --/ },
    {
      args: ['record', '--out', checkout, '--', 'true'],
      says: /--out .*: expected an empty folder, found \d+/,
    },
    { args: ['record', scenarioFile, '--', 'true'], says: /expected scenario files or a command/ },
    { args: ['check'], says: /check: expected trace folders, got none/ },
    {
      args: ['check', join(bench.folder, 'nowhere')],
      says: /nowhere is not a trace: expected a readable manifest/,
    },
    {
      args: ['check', trace, '--lanes', '0'],
      says: /--lanes: expected a whole number from 1 to 1024, got 0/,
    },
    { args: ['check', trace, '--fs', 'xfs'], says: /fs/ },
  ];
  for (const { args, says } of cases) {
    const { exitCode, stderr } = await bench.plugpull(args);
    t.equal(exitCode, 64, args.join(' '));
    t.match(stderr, says);
  }
});
