/** A storage like the one below a directory. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { mountOf, storageLike } from '../../harness/probe/like.js';
import { Bench, hostNeed } from '../e2e/plugpull.js';
import { requires } from '../require.js';

const table = [
  '27 1 254:0 / / rw,relatime - ext4 /dev/vda rw,data=writeback',
  '30 27 0:25 / /srv rw,relatime - tmpfs tmpfs rw',
  '31 27 8:1 /a /srv/my\\040data rw,sync - xfs /dev/sda1 rw,logbufs=8',
  '32 27 8:2 / /srv/my\\040data rw - btrfs /dev/sda2 rw',
].join('\n');

t.test('the mount that a path lies on is the longest, and the last of those', async (t) => {
  t.match(mountOf('/var/lib', table), {
    at: '/',
    fs: 'ext4',
    device: '254:0',
    options: ['rw', 'relatime', 'data=writeback'],
  });
  t.match(mountOf('/srv/x', table), { fs: 'tmpfs' });
  t.match(mountOf('/srv', table), { fs: 'tmpfs' });
  t.match(mountOf('/srvx', table), { fs: 'ext4' });
  t.match(mountOf('/srv/my data/db', table), { fs: 'btrfs', source: '/dev/sda2' });
});

t.test('what cannot be made on a disk of our own is refused', async (t) => {
  t.throws(() => storageLike('/proc'), { exitCode: 64, message: /it lies on proc .*expected one of ext2/ });
  t.throws(() => storageLike('/no/such/folder'), { exitCode: 64, message: /ENOENT/ });
});

t.test('an overlay is told as one, over what its upper directory lies on', async (t) => {
  if (!requires(t, { ...hostNeed, fs: 'ext4' })) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  const image = join(bench.folder, 'disk.img');
  const [base, at] = [join(bench.folder, 'base'), join(bench.folder, 'at')];
  for (const folder of [base, at]) mkdirSync(folder);
  writeFileSync(image, '');
  truncateSync(image, 16 * 2 ** 20);
  execFileSync('mkfs.ext4', ['-q', '-F', image]);
  execFileSync('mount', ['-o', 'loop', image, base]);
  for (const folder of ['lower', 'upper', 'work']) mkdirSync(join(base, folder));
  const folders = `lowerdir=${base}/lower,upperdir=${base}/upper,workdir=${base}/work`;
  execFileSync('mount', ['-t', 'overlay', '-o', `${folders},volatile`, 'overlay', at]);
  const { storage } = storageLike(at);
  execFileSync('umount', [at]);
  execFileSync('umount', [base]);
  t.match(storage, { fs: 'ext4', mount: [] });
  t.equal(storage.layers?.at(-1), 'overlay:volatile');
});

t.test('this machine, as a configuration', async (t) => {
  const bench = new Bench();
  t.teardown(() => bench.close());
  const { exitCode, stdout, stderr } = await bench.plugpull(['probe', '--like', bench.folder, '--list']);
  // In a container it may lie on a layer.
  if (exitCode === 64) {
    t.match(stderr, /--like .*: it lies on \w+/);
    return;
  }
  t.match(stderr, /^storage:\n {2}- name: like .*\n {4}fs: \w+\n/);
  t.match(stderr, /^# not reproduced: its size, its age/m);
  t.match(stdout, /^351 workloads/m);
});

t.test('a file system with its features and options', async (t) => {
  if (!requires(t, { ...hostNeed, fs: 'ext4' })) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  const image = join(bench.folder, 'disk.img');
  const at = join(bench.folder, 'at');
  mkdirSync(at);
  writeFileSync(image, '');
  truncateSync(image, 16 * 2 ** 20);
  execFileSync('mkfs.ext4', ['-q', '-F', '-b', '1024', '-O', '^has_journal,^metadata_csum', image]);
  execFileSync('mount', ['-o', 'loop,sync,nodelalloc', image, at]);
  const { storage, otherwise } = storageLike(join(at, 'lost+found'));
  execFileSync('umount', [at]);
  t.match(storage, { fs: 'ext4', mount: ['sync', 'nodelalloc'] });
  t.strictSame(storage.mkfs.slice(-2), ['-b', '1024']);
  const features = storage.mkfs[1]!.split(',');
  t.strictSame(
    ['none', 'extent', 'has_journal', 'metadata_csum'].map((name) => features.includes(name)),
    [true, true, false, false],
  );
  // Where the image's own file system is none of these, the loop device cannot be made alike.
  if (storage.layers) t.match(storage.layers, [{ kind: 'loop', fs: /^(ext4|xfs|btrfs)$/, direct_io: false }]);
  else t.match(otherwise, [/what is below it: loop\d+/]);
  t.match(otherwise.at(-1), /its size/);
});
