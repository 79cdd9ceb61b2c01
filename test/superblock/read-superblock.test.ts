import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { featureRemark, featuresMade } from '../../harness/capture/made-file-system.js';
import { readSuperblock } from '../../harness/superblock/read-superblock.js';

const mib = 2 ** 20;
const folder = mkdtempSync(join(tmpdir(), 'plugpull-superblock-'));
t.teardown(() => rmSync(folder, { recursive: true }));

/** A file system in a file, which mkfs takes as it takes a disk. */
function made(command: string, options: string[], bytes: number): string {
  const image = join(folder, `${command}-${Math.random()}.img`);
  writeFileSync(image, '');
  truncateSync(image, bytes);
  execFileSync(command, [...options, image], { stdio: 'pipe' });
  return image;
}

const ext4 = (options: string[], bytes: number): string =>
  made('mkfs.ext4', ['-q', '-F', '-b', '4096', ...options], bytes);

t.test('features of ext4 are those that dumpe2fs prints', async (t) => {
  for (const options of [[], ['-O', '^has_journal'], ['-O', 'fast_commit,^64bit,^metadata_csum,quota']]) {
    const image = ext4(options, 16 * mib);
    const printed = execFileSync('dumpe2fs', ['-h', image], { encoding: 'utf8', stdio: 'pipe' });
    const names = /^Filesystem features: +(.*)$/m.exec(printed)![1]!.split(' ');
    t.strictSame(readSuperblock(image)?.features, names.sort());
  }
});

t.test('features of xfs and btrfs', async (t) => {
  const xfs = readSuperblock(made('mkfs.xfs', ['-q', '-m', 'reflink=1,rmapbt=1,bigtime=1'], 300 * mib));
  for (const name of ['bigtime', 'finobt', 'ftype', 'reflink', 'rmapbt', 'sparse'])
    t.ok(xfs!.features.includes(name), name);
  const plain = readSuperblock(made('mkfs.xfs', ['-q', '-m', 'reflink=0,bigtime=0'], 300 * mib));
  t.notOk(plain!.features.some((name) => name === 'reflink' || name === 'bigtime'));
  const btrfs = readSuperblock(
    made('mkfs.btrfs', ['-q', '-n', '4096', '-O', '^no-holes', '--mixed'], 128 * mib),
  );
  t.ok(btrfs!.features.includes('mixed_groups'));
  t.ok(btrfs!.features.includes('skinny_metadata'));
  t.notOk(btrfs!.features.includes('no_holes'));
});

t.test('what is no file system has no superblock, and an unknown bit its number', async (t) => {
  const image = join(folder, 'nothing.img');
  writeFileSync(image, Buffer.alloc(mib));
  t.equal(readSuperblock(image), null);
  writeFileSync(image, 'short');
  t.equal(readSuperblock(image), null);
  const bytes = Buffer.alloc(2048);
  bytes.writeUInt16LE(0xef53, 1024 + 0x38);
  bytes.writeUInt32LE(0x8000_0000, 1024 + 0x5c);
  writeFileSync(image, bytes);
  t.strictSame(readSuperblock(image)?.features, ['compat:31']);
});

t.test('an ext4 too small for a journal is refused, unless it was asked for', async (t) => {
  const small = ext4([], mib);
  t.throws(() => featuresMade(small, { fs: 'ext4', mkfs: [], layers: [] }), {
    message: /storage\.size: mke2fs makes so small an ext4 without a journal.*at least 8MiB.*\^has_journal/,
    exitCode: 64,
  });
  const features = featuresMade(small, { fs: 'ext4', layers: [], mkfs: ['-O', '64bit,^has_journal'] });
  t.match(featureRemark({ fs: 'ext4', layers: [] }, features), /no journal/);
  const smallest = featuresMade(ext4([], 8 * mib), { fs: 'ext4', mkfs: [], layers: [] });
  t.ok(smallest.includes('has_journal'));
  t.equal(featureRemark({ fs: 'ext4', layers: [] }, smallest), null);
  t.equal(featureRemark({ fs: 'ext2', layers: [] }, []), null, 'nobody expects a journal of ext2');
  t.throws(() => featuresMade(small, { fs: 'xfs', mkfs: [], layers: [] }), {
    message: /expected mkfs to make xfs/,
  });
});
