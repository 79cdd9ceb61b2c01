/** Layers above a file system, by the mount table, and below it, by sysfs. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t from 'tap';
import { belowLayers } from '../../../harness/probe/like/layers-above.js';
import { layersBelow } from '../../../harness/probe/like/layers-below.js';
import { mountOf } from '../../../harness/probe/like/mount-table.js';

const table = [
  '27 1 254:0 / / rw,relatime - ext4 /dev/vda rw,data=writeback',
  '30 27 0:25 / /srv rw,relatime - tmpfs tmpfs rw',
  '31 27 8:1 /a /srv/my\\040data rw,sync - xfs /dev/sda1 rw,logbufs=8',
  '32 27 8:2 / /srv/my\\040data rw - btrfs /dev/sda2 rw',
  '33 27 254:0 /var/data /data rw - ext4 /dev/vda rw',
  '34 27 0:40 /@home /home rw - btrfs /dev/sda2 rw,subvolid=257,subvol=/@home',
  '35 27 0:40 /@home/me /mine rw - btrfs /dev/sda2 rw,subvolid=257,subvol=/@home',
].join('\n');

t.test('the mount that a path lies on is the longest, and the last of those', async (t) => {
  t.match(mountOf('/var/lib', table), {
    at: '/',
    root: '/',
    fs: 'ext4',
    device: '254:0',
    options: ['rw', 'relatime', 'data=writeback'],
  });
  t.match(mountOf('/srv/x', table), { fs: 'tmpfs' });
  t.match(mountOf('/srv', table), { fs: 'tmpfs' });
  t.match(mountOf('/srvx', table), { fs: 'ext4' });
  t.match(mountOf('/srv/my data/db', table), { fs: 'btrfs', source: '/dev/sda2' });
});

t.test(
  'a bind mount shows a directory of a file system, or of a subvolume; a subvolume is none',
  async (t) => {
    const aboveOf = (path: string): unknown => belowLayers(path, table).above;
    t.strictSame(aboveOf('/data/db'), ['bind']);
    t.strictSame(aboveOf('/var/data'), []);
    t.strictSame(aboveOf('/home/you'), []);
    t.strictSame(aboveOf('/mine'), ['bind']);
  },
);

/** A sysfs: by device, what its folder holds; `slaves` are devices of it. */
function sysfs(
  folder: string,
  devices: Record<string, Record<string, string> & { slaves?: string }>,
): string {
  const file = (path: string, content: string): void => {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  };
  for (const [nth, [name, { slaves = '', ...files }]] of Object.entries(devices).entries()) {
    const device = join(folder, 'devices', name);
    file(join(device, 'dev'), `9:${nth}\n`);
    for (const [path, content] of Object.entries(files)) file(join(device, path), `${content}\n`);
    for (const slave of slaves.split(' ').filter(Boolean)) file(join(device, 'slaves', slave), '');
    for (const link of [`dev/block/9:${nth}`, `class/block/${name}`]) {
      mkdirSync(dirname(join(folder, link)), { recursive: true });
      symlinkSync(device, join(folder, link));
    }
  }
  return folder;
}

t.test('layers below: what can be made is, in its order, and what cannot is said', async (t) => {
  const crypt = { 'dm/uuid': 'CRYPT-LUKS2-abc-root', slaves: 'sda2' };
  const volume = { 'dm/uuid': 'LVM-abc' };
  const mirror = { 'md/level': 'raid1', slaves: 'sda2 sdb2' };
  const disks = { sda2: {}, sdb2: {} };
  const below = (devices: Parameters<typeof sysfs>[1]): ReturnType<typeof layersBelow> =>
    layersBelow('9:0', table, sysfs(t.testdir(), devices));
  t.strictSame(below({ sda2: {} }), { made: [], otherwise: [] });
  t.match(below({ 'dm-0': crypt, ...disks }), { made: ['dm-crypt'], otherwise: [/aes-xts/] });
  t.match(
    below({ 'dm-1': { ...volume, slaves: 'dm-0' }, 'dm-0': crypt, ...disks }),
    { made: ['dm-crypt', 'dm-linear'], otherwise: [/extents/, /aes-xts/] },
    'a volume on an encrypted disk',
  );
  t.match(
    below({
      'dm-1': { ...volume, slaves: 'dm-0' },
      'dm-0': { 'dm/uuid': 'LVM-def-tpool', slaves: 'sda2 sdb2' },
      ...disks,
    }),
    { made: [], otherwise: [/dm-1 \(LVM-abc\) on dm-0/, /dm-0 \(LVM-def-tpool\) on sda2, sdb2/] },
    'a volume on a pool',
  );
  t.match(
    below({ 'dm-0': { ...crypt, slaves: 'md0' }, md0: mirror, ...disks }),
    { made: ['md-raid1', 'dm-crypt'], otherwise: [/aes-xts/] },
    'encrypted, on a mirror',
  );
  t.match(
    below({ md0: { ...mirror, slaves: 'dm-0 sdb2' }, 'dm-0': crypt, ...disks }),
    { made: [], otherwise: [/md0 \(raid1\) on dm-0, sdb2/] },
    'a mirror of what is no plain disk',
  );
  t.match(below({ md0: { 'md/level': 'raid5', slaves: 'sda2 sdb2' }, ...disks }), {
    made: [],
    otherwise: [/md0 \(raid5\) on sda2, sdb2/],
  });
  t.match(below({ loop0: { 'loop/backing_file': '/var/disk.img', 'loop/dio': '1' } }), {
    made: [{ kind: 'loop', fs: 'ext4', direct_io: true }],
  });
});
