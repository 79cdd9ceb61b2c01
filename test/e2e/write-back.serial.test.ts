/** Recordings differ in the schedule of write-back, and that shows what a fast disk hides. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { readManifest } from '../../harness/trace/manifest.js';
import { recordingFolder } from '../../harness/trace/recording-folder.js';
import { requires } from '../require.js';
import { Bench, hostNeed } from './plugpull.js';

/** A file that takes a name with its content still in memory; the checker says no when it is there and not whole. */
const rename = [
  ...['--ack-stdout', '^ACK', '--promise', 'none', '--no-calibrate'],
  ...['--checker', '[ ! -e f ] || [ "$(tr -d "\\0" < f | wc -c)" = 3000 ] || { echo "f is torn"; exit 1; }'],
];
const program = (sync: string): string =>
  `import os
fd = os.open('f.tmp', os.O_CREAT | os.O_WRONLY)
os.write(fd, b'1' * 3000)
${sync}
os.close(fd)
os.rename('f.tmp', 'f')
print('ACK', flush=True)`;

for (const fs of ['ext4', 'xfs', 'btrfs'] as const) {
  t.test(`${fs}: commit pressure shows a file whose name is down before its content`, async (t) => {
    if (!requires(t, { ...hostNeed, fs, commands: ['nbdfuse', 'python3', 'strace'] })) return;
    const bench = new Bench();
    t.teardown(() => bench.close());
    const both = ['--fs', fs, ...rename, '--recordings', '2'];
    const wrong = await bench.run([...both, '--', 'python3', '-c', program('')]);
    t.match(
      wrong.results.runs[0]!.findings.find(({ id }) => id.startsWith('R2F')),
      { evidence: 'observed', property: /f is torn/ },
    );
    const right = await bench.run([...both, '--', 'python3', '-c', program('os.fsync(fd)')]);
    t.match(right.results.runs, [{ contract: 'pass', observed: 'pass' }]);
  });
}

t.test('a right program is recorded once', async (t) => {
  if (!requires(t, { ...hostNeed, fs: 'ext4', commands: ['nbdfuse', 'python3', 'strace'] })) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  const { results } = await bench.run([...rename, '--', 'python3', '-c', program('os.fsync(fd)')]);
  t.match(results.runs, [{ contract: 'pass', observed: 'pass', recordings: [{ schedule: 'prompt' }] }]);
  t.equal(results.runs[0]!.recordings!.length, 1);
});

t.test('masked is said of recordings under each kind of schedule, and of no fewer', async (t) => {
  if (!requires(t, { ...hostNeed, fs: 'ext4', commands: ['nbdfuse', 'python3', 'strace'] })) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  // fsync of a new file takes its name along on ext4, which nobody promised.
  const named =
    "import os\nfd = os.open('n', os.O_CREAT | os.O_WRONLY)\nos.write(fd, b'1')\nos.fsync(fd)\nprint('ACK', flush=True)";
  const options = ['--ack-stdout', '^ACK', '--no-calibrate'];
  const all = await bench.run([...options, '--', 'python3', '-c', named]);
  t.match(all.results.runs, [{ contract: 'violation', observed: 'pass', findings: [{ masked: true }] }]);
  t.match(all.results.runs[0]!.recordings, [
    { schedule: 'prompt' },
    { schedule: 'commit_pressure', commits: Number },
    { schedule: 'slow_disk', write_delay_ms: 10 },
  ]);
  t.match(all.results.runs[0]!.findings[0]!.lost.join(' '), /3 recordings.*commit pressure.*slow disk/);
  const one = await bench.run([...options, '--recordings', '1', '--', 'python3', '-c', named]);
  t.match(one.results.runs, [{ contract: 'violation', observed: 'pass', findings: [{ masked: false }] }]);
  t.match(one.results.runs[0]!.findings[0]!.lost.join(' '), /under another schedule/);
  t.notMatch(one.results.runs[0]!.notes.join('\n'), /no data is lost/);
});

t.test('pressure leaves no trace that a program could see', async (t) => {
  if (!requires(t, { ...hostNeed, fs: 'ext4', commands: ['nbdfuse', 'python3'] })) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  const { results } = await bench.run([
    ...[
      '--recordings',
      '2',
      '--no-calibrate',
      '--ack-stdout',
      '^ACK',
      '--checker',
      '! ls -A | grep -vx -e a -e b -e lost+found',
    ],
    ...['--', 'touch a; sync .; echo ACK; ls -a >&2; mv a b; sync .; echo ACK; ls -a >&2'],
  ]);
  const [run] = results.runs;
  t.equal(run!.observed, 'pass', run!.findings.map(({ lost }) => lost.join()).join());
  const seen = [0, 1].map((i) =>
    readFileSync(join(recordingFolder(run!.run, i), 'trace', 'workload.err'), 'utf8'),
  );
  t.equal(seen[0], seen[1]);
  const { commits } = readManifest(join(recordingFolder(run!.run, 1), 'trace'));
  t.ok(commits! >= 4, `${commits} commits: after two names, two acks and at the end`);
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
