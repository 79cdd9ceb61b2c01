/** Recordings differ in the schedule of write-back, and that shows what a fast disk hides. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { readManifest } from '../../harness/trace/manifest.js';
import { recordingFolder } from '../../harness/trace/recording-folder.js';
import { requires } from '../require.js';
import { Bench, hostNeed } from './plugpull.js';

const need = { ...hostNeed, commands: ['nbdfuse', 'python3', 'strace'] };

/** A scenario file; `program` is Python's. Returns its path. */
function scenario(bench: Bench, name: string, program: string, more: object): string {
  const path = join(bench.folder, `${name}.yaml`);
  const run = `python3 -c '${program.replaceAll("'", '"')}'`;
  // JSON is YAML.
  writeFileSync(path, JSON.stringify({ name, ack: { stdout: '^ACK' }, ...more, workload: { setup, run } }));
  return path;
}
const setup = 'printf 0 > rewritten';

/**
 * `rewritten` changes its content, three times in place or once by a new file that takes its name; then `f` comes to be by a
 * rename, with its content in memory or on the disk.
 */
const inPlace = `
import os
for n in (1, 2, 3):
    fd = os.open("rewritten", os.O_WRONLY | os.O_TRUNC)
    os.write(fd, b"%d" % n * 700)
    os.fsync(fd)
    os.close(fd)
    os.write(1, b"ACK\\n")
`;
const byRename = inPlace
  .replace('"rewritten", os.O_WRONLY', '"new", os.O_CREAT | os.O_WRONLY')
  .replace('os.write(1, b"ACK\\n")', 'os.rename("new", "rewritten")')
  .replace('(1, 2, 3)', '(1,)');
const renamed = (sync: string): string => `
fd = os.open("f.tmp", os.O_CREAT | os.O_WRONLY)
os.write(fd, b"1" * 3000)
${sync}
os.close(fd)
os.rename("f.tmp", "f")
os.write(1, b"ACK\\n")
`;
const right = byRename + renamed('os.fsync(fd)');
/** The checker says no to an `f` that is there and not whole. */
const kept = {
  promise: { atomic: ['rewritten'] },
  checker: { run: '[ ! -e f ] || [ "$(tr -d "\\0" < f | wc -c)" = 3000 ] || { echo "f is torn"; exit 1; }' },
};

for (const fs of ['ext4', 'xfs', 'btrfs'] as const) {
  t.test(
    `${fs}: commit pressure shows a name and a truncation that are down before the content`,
    async (t) => {
      if (!requires(t, { ...need, fs })) return;
      const bench = new Bench();
      t.teardown(() => bench.close());
      const both = { ...kept, storage: [{ fs }] };
      const { results } = await bench.run([
        '--no-calibrate',
        scenario(bench, 'wrong', inPlace + renamed(''), { ...both, recordings: 2 }),
        // On slow disks it stays silent, too.
        scenario(bench, 'right', right, { ...both, recordings: fs === 'ext4' ? 4 : 2 }),
      ]);
      const [wrong, silent] = results.runs;
      const observed = wrong!.findings.filter(({ evidence }) => evidence === 'observed');
      t.ok(
        observed.some(
          ({ lost, property }) =>
            lost.includes('f is torn') && /needs fsync\(f\.tmp\) before rename\(f\.tmp, f\)/.test(property),
        ),
        'the name before the content',
      );
      t.ok(
        observed.some(({ property }) => /^rewritten is changed in place/.test(property)),
        'the truncation before the content',
      );
      t.match(silent, { contract: 'pass', observed: 'pass' });
    },
  );
}

t.test('recordings are made as long as they may tell something', async (t) => {
  if (!requires(t, need)) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  // fsync of a new file takes its name along on ext4, which nobody promised.
  const named = `
import os
fd = os.open("n", os.O_CREAT | os.O_WRONLY)
os.write(fd, b"1")
os.fsync(fd)
os.write(1, b"ACK\\n")
`;
  const { results } = await bench.run([
    '--no-calibrate',
    scenario(bench, 'right', right, kept),
    scenario(bench, 'masked', named, { promise: { snapshot: true } }),
    scenario(bench, 'once', named, { promise: { snapshot: true }, recordings: 1 }),
  ]);
  const [once, all, one] = results.runs;
  t.match(once, { contract: 'pass', observed: 'pass' });
  t.match(once!.recordings, [{ schedule: 'prompt' }]);
  t.equal(once!.recordings!.length, 1, 'a right program is recorded once');

  t.match(all, { contract: 'violation', observed: 'pass', findings: [{ masked: true }] });
  t.match(all!.recordings, [
    { schedule: 'prompt' },
    { schedule: 'commit_pressure', commits: Number },
    { schedule: 'slow_disk', write_delay_ms: 10 },
  ]);
  t.match(all!.findings[0]!.lost.join(' '), /3 recordings.*commit pressure.*slow disk/);

  t.match(one, { contract: 'violation', observed: 'pass', findings: [{ masked: false }] });
  t.match(one!.findings[0]!.lost.join(' '), /under another schedule/);
  t.notMatch(one!.notes.join('\n'), /no data is lost/);
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
