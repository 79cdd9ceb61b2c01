/** A storage like the one below a directory. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { fileSystemFacts } from '../../../harness/attach/file-system.js';
import { mountOf } from '../../../harness/probe/like/mount-table.js';
import { type Likeness, storageLike } from '../../../harness/probe/like/storage-like.js';
import type { FileSystem } from '../../../harness/scenario/schema/storage.js';
import { Bench, hostNeed } from '../../e2e/plugpull.js';
import { requires } from '../../require.js';

type Test = Pick<typeof t, 'teardown' | 'strictSame'>;

const imageMib = { ext4: 16, xfs: 300, btrfs: 128 };

class Image {
  readonly path: string;

  constructor(
    folder: string,
    readonly fs: keyof typeof imageMib,
  ) {
    this.path = join(folder, `disk-${Math.random()}.img`);
    writeFileSync(this.path, '');
    truncateSync(this.path, imageMib[fs] * 2 ** 20);
  }

  make(mkfs: readonly string[]): this {
    const [command, ...words] = fileSystemFacts[this.fs as FileSystem].mkfs;
    execFileSync(command!, [...words, ...mkfs, this.path], { stdio: ['ignore', 'ignore', 'pipe'] });
    return this;
  }
}

/** Something on a fresh file system, mounted, told; and unmounted before the test ends. */
function told(
  t: Test,
  fs: keyof typeof imageMib,
  { mkfs = [] as string[], mount = [] as string[] },
  look: (at: string, mountMore: (words: string[], at: string) => void) => Likeness,
): Likeness {
  const bench = new Bench();
  const mounted: string[] = [];
  t.teardown(() => bench.close());
  const mountMore = (words: string[], at: string): void => {
    mkdirSync(at, { recursive: true });
    execFileSync('mount', [...words, at]);
    mounted.unshift(at);
  };
  const at = join(bench.folder, 'at');
  const { path } = new Image(bench.folder, fs).make(mkfs);
  try {
    mountMore(['-o', ['loop', ...mount].join(','), path], at);
    const likeness = look(at, mountMore);
    const again = new Image(bench.folder, fs).make(likeness.storage.mkfs);
    mountMore(['-o', 'loop', again.path], `${at}-again`);
    t.strictSame(
      storageLike(`${at}-again`).storage.mkfs,
      likeness.storage.mkfs,
      'what is made of it is told alike',
    );
    return likeness;
  } finally {
    for (const one of mounted) execFileSync('umount', [one]);
  }
}

t.test('what cannot be made on a disk of our own is refused', async (t) => {
  t.throws(() => storageLike('/proc'), { exitCode: 64, message: /it lies on proc .*expected one of ext2/ });
  t.throws(() => storageLike('/no/such/folder'), { exitCode: 64, message: /ENOENT/ });
});

t.test('what is memory has nothing to ask', async (t) => {
  if (!requires(t, hostNeed)) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', bench.folder]);
  try {
    t.throws(() => storageLike(bench.folder), {
      exitCode: 64,
      message: /tmpfs .*a power cut leaves nothing of it/,
    });
  } finally {
    execFileSync('umount', [bench.folder]);
  }
});

t.test('an overlay is told as one, over what its upper directory lies on', async (t) => {
  if (!requires(t, { ...hostNeed, fs: 'ext4' })) return;
  const { storage } = told(t, 'ext4', {}, (base, mountMore) => {
    for (const folder of ['lower', 'upper', 'work']) mkdirSync(join(base, folder));
    const folders = `lowerdir=${base}/lower,upperdir=${base}/upper,workdir=${base}/work`;
    mountMore(['-t', 'overlay', '-o', `${folders},volatile`, 'overlay'], `${base}-over`);
    return storageLike(`${base}-over`);
  });
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

t.test('ext4 with its features and options, on a loop device, behind a bind mount', async (t) => {
  if (!requires(t, { ...hostNeed, fs: 'ext4' })) return;
  const mkfs = ['-b', '1024', '-O', '^has_journal,^metadata_csum'];
  const { storage, otherwise } = told(t, 'ext4', { mkfs, mount: ['sync', 'nodelalloc'] }, (at, mountMore) => {
    const folder = join(at, 'data');
    mkdirSync(folder);
    execFileSync('chattr', ['+D', folder]);
    mountMore(['--bind', folder], `${at}-bound`);
    return storageLike(`${at}-bound`);
  });
  t.match(storage, { fs: 'ext4', mount: ['sync', 'nodelalloc', 'dirsync'] });
  t.match(otherwise, [/chattr \+D of the directory/]);
  t.strictSame(storage.mkfs.slice(-2), ['-b', '1024']);
  const features = storage.mkfs[1]!.split(',');
  t.strictSame(
    ['none', 'extent', 'has_journal', 'metadata_csum'].map((name) => features.includes(name)),
    [true, true, false, false],
  );
  t.equal(storage.layers?.at(-1), 'bind');
  // Where the image's own file system is none of these, the loop device cannot be made alike.
  if (storage.layers!.length > 1)
    t.match(storage.layers, [{ kind: 'loop', fs: /^(ext4|xfs|btrfs)$/, direct_io: false }, 'bind']);
  else t.match(otherwise[1], /what is below it: loop\d+/);
  t.match(otherwise.at(-1), /its size/);
});

t.test('xfs: blocks, inodes, features; only what is unlike what mkfs makes by itself', async (t) => {
  if (!requires(t, { ...hostNeed, fs: 'xfs' })) return;
  const mkfs = [
    '-b',
    'size=2048',
    '-i',
    'size=1024',
    '-m',
    'reflink=0,rmapbt=1,bigtime=0',
    '-n',
    'size=8192',
  ];
  const { storage } = told(t, 'xfs', { mkfs, mount: ['wsync'] }, storageLike);
  t.match(storage, { fs: 'xfs', mount: ['wsync', /logbufs=/, /logbsize=/] });
  const [m, says, , , ...sizes] = storage.mkfs;
  t.equal(m, '-m');
  t.match(says, /rmapbt=1,reflink=0,bigtime=0/);
  t.strictSame(sizes, ['-b', 'size=2048', '-i', 'size=1024', '-n', 'size=8192']);
});

t.test('btrfs: checksums, nodes, profiles; a subvolume, and a folder with chattr +C', async (t) => {
  if (!requires(t, { ...hostNeed, fs: 'btrfs' })) return;
  const mkfs = ['--csum', 'xxhash', '-n', '4096', '-O', '^no-holes', '-m', 'single'];
  const { storage, otherwise } = told(t, 'btrfs', { mkfs, mount: ['flushoncommit'] }, (at, mountMore) => {
    execFileSync('btrfs', ['-q', 'subvolume', 'create', join(at, 'sub')], { stdio: 'ignore' });
    const folder = join(at, 'sub/data');
    mkdirSync(folder);
    execFileSync('chattr', ['+C', folder]);
    mountMore(
      ['-o', 'subvol=/sub', mountOf(at, readFileSync('/proc/self/mountinfo', 'utf8'))!.source],
      `${at}-sub`,
    );
    t.match(storageLike(`${at}-sub/data`).otherwise, [/chattr/, /its subvolume \/sub: here/]);
    return storageLike(folder);
  });
  t.match(storage, { fs: 'btrfs', mount: /flushoncommit/ });
  t.ok(storage.mount.includes('nodatacow'));
  t.strictSame(storage.mkfs, ['-O', '^no-holes', '--csum', 'xxhash', '-n', '4096', '-m', 'single']);
  t.match(otherwise, [
    /chattr \+C of the directory: here nodatacow holds for all/,
    /its subvolume below .*: here it is the top level/,
  ]);
});
