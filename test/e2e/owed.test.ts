/** The promise `owed` on real file systems: right ones are silent, and one whose disk lies is named by the call. */
import t from 'tap';
import type { FileSystem } from '../../harness/scenario/schema/storage.js';
import { requires } from '../require.js';
import { Bench, hostNeed } from './plugpull.js';

/**
 * btrfs may bring such a file back where somebody else's sync(2) commits in between, as those of other tests do:
 * docs/findings/btrfs-unlinked-open-file.md.
 */
const keepsOpenFile = "fd = os.open('dir/bar', os.O_RDWR); os.fsync(fd); os.close(fd)";
const removal =
  "fd = os.open('dir/bar', os.O_RDWR); os.unlink('dir/bar'); os.unlink('hard'); os.fsync(fd); os.close(fd)";
/** A little of everything that a call makes durable, and of what only looks as if it did. */
const programOn = (fs: FileSystem): string => `
import os
def sync(path):
    fd = os.open(path, os.O_RDONLY); os.fsync(fd); os.close(fd)
def put(path, data, flags=os.O_CREAT | os.O_WRONLY, how=os.fsync):
    fd = os.open(path, flags, 0o644); os.write(fd, data); how(fd); os.close(fd)
os.mkdir('dir'); sync('.')
put('dir/foo', b'one' * 1000); sync('dir')
os.rename('dir/foo', 'dir/bar'); sync('dir')
put('dir/foo', b'two' * 500, how=os.fdatasync)
os.symlink('bar', 'dir/link'); os.rename('dir/link', 'dir/moved'); sync('dir')
os.link('dir/bar', 'hard'); sync('.')
${fs === 'btrfs' ? keepsOpenFile : removal}
fd = os.open('dir/foo', os.O_RDWR); os.fchmod(fd, 0o600); os.fchown(fd, 5, 6); os.setxattr(fd, 'user.k', b'v')
os.fsync(fd); os.close(fd)
put('dir/foo', b'SYNC', os.O_WRONLY | os.O_TRUNC | os.O_SYNC, lambda fd: None)
`;
const options = ['--no-calibrate', '--promise', 'owed:linux'];

for (const fs of ['ext4', 'xfs', 'btrfs'] satisfies FileSystem[]) {
  t.test(`${fs} keeps what it owes`, async (t) => {
    if (!requires(t, { ...hostNeed, fs, commands: ['nbdfuse', 'python3', 'strace'] })) return;
    const bench = new Bench();
    t.teardown(() => bench.close());
    const { results } = await bench.run([...options, '--fs', fs, '--', 'python3', '-c', programOn(fs)]);
    const [run] = results.runs;
    t.match(run, { observed: 'pass', findings: [] });
    t.match(run!.notes.join('\n'), /owed by posix and linux: \d+ distinct recovered trees/);
  });
}

t.test('a disk that lies is not searched to the end of the budget', async (t) => {
  if (!requires(t, { ...hostNeed, fs: 'ext4', commands: ['nbdfuse', 'python3', 'strace'] })) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  const { results } = await bench.run([
    ...options,
    '--disk',
    'cache=lying',
    '--',
    'python3',
    '-c',
    programOn('ext4'),
  ]);
  const [run] = results.runs;
  t.match(run, { contract: 'pass', observed: 'violation' });
  const { exhaustive, systematic, recoveries, unseen } = run!.coverage[0]!;
  t.match({ exhaustive, systematic }, { exhaustive: false, systematic: true });
  t.ok(recoveries < 5000, `${recoveries} recoveries`);
  t.match(unseen.join(), /what was found was enough, and the search ended before \d+ of \d+ crash points/);
});

t.test('a disk that lies is the fault of the storage, named by the call', async (t) => {
  if (!requires(t, { ...hostNeed, fs: 'ext4', commands: ['nbdfuse', 'python3', 'strace'] })) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  const { results } = await bench.run([
    ...[...options, '--disk', 'cache=lying', '--budget', 'recoveries=40'],
    ...['--', 'python3', '-c', programOn('ext4').split('\n').slice(0, 8).join('\n')],
  ]);
  const [run] = results.runs;
  t.match(run, { contract: 'pass', observed: 'violation' });
  t.match(
    run!.findings.find(({ model }) => model === 'posix'),
    { property: /ext4, lying cache lost what fsync\(.*\) owed: the name dir/, cause: [{ syscall: 'fsync' }] },
  );
  t.equal(new Set(run!.findings.map(({ property }) => property)).size, run!.findings.length, 'each once');
});

t.test('what cannot be asked is no pass', async (t) => {
  const bench = new Bench();
  t.teardown(() => bench.close());
  const { exitCode, stderr } = await bench.plugpull([
    'run',
    '--promise',
    'owed',
    '--engine',
    'replay',
    '--',
    'true',
  ]);
  t.equal(exitCode, 64);
  t.match(stderr, /key promise\.owed: expected the engines contract and replay/);
  const wrong = await bench.plugpull(['run', '--promise', 'owed:sus', '--', 'true']);
  t.match(wrong.stderr, /expected true, posix or linux/);
});
