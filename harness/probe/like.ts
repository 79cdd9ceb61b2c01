/**
 * What a directory of this machine lies on, as a storage that can be probed: read from the mount table, the superblock and
 * sysfs. Nothing of it is touched, and nothing is made up: what cannot be made alike is said.
 */
import { closeSync, existsSync, openSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileSystems } from '../scenario/schema/storage.js';
import { readSuperblock, type Superblock } from '../superblock/read-superblock.js';
import { readAt } from '../trace/read-at.js';
import { UsageError } from '../verdict/errors.js';

export interface Likeness {
  /** As in a configuration. */
  storage: { name: string; fs: string; mkfs: string[]; mount: string[]; layers?: LayerLike[] };
  /** In words, what is otherwise. */
  otherwise: string[];
  /** What the device says of itself. */
  said: string[];
}

type LayerLike = string | { kind: 'loop'; fs: string; direct_io: boolean };

export interface MountLine {
  device: string;
  at: string;
  fs: string;
  source: string;
  options: string[];
}

/** @throws UsageError where there is no such directory, or it lies on something that cannot be made on a disk of our own */
export function storageLike(directory: string): Likeness {
  let path: string;
  try {
    path = realpathSync(directory);
  } catch (error) {
    throw new UsageError(`--like ${directory}: ${(error as NodeJS.ErrnoException).code}`);
  }
  const table = readFileSync('/proc/self/mountinfo', 'utf8');
  const { mount, above } = belowOverlays(path, table);
  if (!(fileSystems as readonly string[]).includes(mount.fs))
    throw new UsageError(
      `--like ${directory}: it lies on ${mount.fs} (${mount.at}); expected one of ${fileSystems.join(', ')}, layers above them are not built`,
    );
  const { kept, left } = sortedOptions(mount);
  const { mkfs, otherwise } = madeLike(mount);
  const below = layersBelow(mount.device, table);
  const layers = [...below.made, ...above];
  return {
    storage: {
      ...{ name: `like ${directory}`, fs: mount.fs, mkfs, mount: kept },
      ...(layers.length > 0 ? { layers } : {}),
    },
    otherwise: [
      ...otherwise,
      ...(left.length > 0
        ? [`mount options that say nothing of durability, or are not known here: ${left.join(',')}`]
        : []),
      ...below.otherwise,
      'its size, its age and what else is on it',
    ],
    said: sayings(mount.device),
  };
}

/** The mount whose file system has the bytes, and the overlays that show them at the path, from the lowest up. */
function belowOverlays(path: string, table: string): { mount: MountLine; above: LayerLike[] } {
  const mount = mountOf(path, table)!;
  const upper = mount.options.find((option) => option.startsWith('upperdir='))?.slice('upperdir='.length);
  // In a container the upper directory is named as it is outside, and cannot be looked at.
  if (mount.fs !== 'overlay' || upper === undefined || !existsSync(upper)) return { mount, above: [] };
  const { mount: lower, above } = belowOverlays(realpathSync(upper), table);
  return {
    mount: lower,
    above: [...above, isVolatile(mount) ? 'overlay:volatile' : 'overlay'],
  };
}

/** Newer kernels list it as one of the ways to sync. */
function isVolatile({ options }: MountLine): boolean {
  return options.some((option) => option === 'volatile' || option === 'fsync=volatile');
}

/** The mount that a path lies on (proc(5), mountinfo): the longest that it begins with, and the last of those. */
export function mountOf(path: string, table: string): MountLine | null {
  let found: MountLine | null = null;
  for (const line of table.split('\n')) {
    const [before, behind] = line.split(' - ');
    const [, , device, , escapedAt, own] = before!.split(' ');
    if (behind === undefined || escapedAt === undefined) continue;
    const at = escapedAt.replace(/\\(\d{3})/g, (_, octal: string) =>
      String.fromCharCode(Number.parseInt(octal, 8)),
    );
    const below = at === '/' ? '/' : `${at}/`;
    if (!`${path}/`.startsWith(below) || (found && at.length < found.at.length)) continue;
    const [fs, source, all] = behind.split(' ');
    const options = [...new Set([...own!.split(','), ...(all ?? '').split(',')])];
    found = { device: device!, at, fs: fs!, source: source!, options };
  }
  return found;
}

/** Options that say when something is written, ordered or kept; all file systems know `sync` and `dirsync`. */
const telling: Record<string, RegExp> = {
  ext: /^(sync|dirsync|data=.*|nobarrier|barrier=.*|commit=.*|journal_.*|no(auto_da_alloc|delalloc)|auto_da_alloc|discard|data_err=.*|dioread_(no)?lock|errors=.*)$/,
  xfs: /^(sync|dirsync|wsync|discard|logbufs=.*|logbsize=.*)$/,
  btrfs:
    /^(sync|dirsync|nobarrier|flushoncommit|nodatacow|nodatasum|compress.*|commit=.*|discard.*|ssd.*|notreelog)$/,
  f2fs: /^(sync|dirsync|fsync_mode=.*|nobarrier|mode=.*|checkpoint=.*|discard|nodiscard|alloc_mode=.*)$/,
};
/** What every mount has, and what changes nothing that is asked. */
const usual =
  /^(rw|relatime|noatime|nodiratime|seclabel|inode64|attr2|noquota|subvol(id)?=.*|space_cache(=.*)?)$/;

function sortedOptions({ fs, options }: MountLine): { kept: string[]; left: string[] } {
  const known = telling[fs.startsWith('ext') ? 'ext' : fs]!;
  const kept = options.filter((option) => known.test(option));
  return {
    kept,
    left: options.filter((option) => option !== '' && !known.test(option) && !usual.test(option)),
  };
}

function madeLike({ fs, source }: MountLine): { mkfs: string[]; otherwise: string[] } {
  let superblock: Superblock | null;
  let blockBytes = 4096;
  try {
    superblock = readSuperblock(source);
    if (fs.startsWith('ext')) blockBytes = extBlockBytes(source);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return { mkfs: [], otherwise: [`its features: the superblock on ${source} cannot be read (${code})`] };
  }
  if (!superblock)
    return { mkfs: [], otherwise: [`its features: ${source} begins with no superblock that is known`] };
  const { features } = superblock;
  if (fs.startsWith('ext')) {
    const made = features.filter((name) => !passing.has(name) && !name.includes(':'));
    const unknown = features.filter((name) => name.includes(':'));
    return {
      mkfs: ['-O', ['none', ...made].join(','), ...(blockBytes === 4096 ? [] : ['-b', `${blockBytes}`])],
      otherwise: unknown.length > 0 ? [`features without a name here: ${unknown.join(', ')}`] : [],
    };
  }
  if (fs === 'xfs') {
    const says = (...names: string[]): string =>
      names.map((name) => `${name}=${features.includes(name) ? 1 : 0}`).join(',');
    return {
      mkfs: [
        '-m',
        says('finobt', 'rmapbt', 'reflink', 'bigtime', 'inobtcount'),
        '-i',
        says('sparse', 'nrext64'),
      ],
      otherwise: [],
    };
  }
  return {
    mkfs: [],
    otherwise: [`its features are mkfs's usual ones here; there they are ${features.join(', ')}`],
  };
}

/** What comes and goes while it is mounted, or cannot be asked of mke2fs. */
const passing = new Set(['needs_recovery', 'orphan_present', 'read-only', 'shared_blocks', 'journal_dev']);

/** struct ext4_super_block, s_log_block_size */
function extBlockBytes(device: string): number {
  const fd = openSync(device, 'r');
  try {
    const word = Buffer.alloc(4);
    readAt(fd, word, 1024 + 24);
    return 1024 << word.readUInt32LE(0);
  } finally {
    closeSync(fd);
  }
}

/** What lies between a file system and its disk: what can be made, from the disk up, and what cannot. */
function layersBelow(device: string, table: string): { made: LayerLike[]; otherwise: string[] } {
  const folder = `/sys/dev/block/${device}`;
  const mapped = text(join(folder, 'dm/uuid'));
  const file = text(join(folder, 'loop/backing_file'));
  const kind = mapped ?? text(join(folder, 'md/level')) ?? file;
  const slaves = existsSync(join(folder, 'slaves')) ? readdirSync(join(folder, 'slaves')) : [];
  if (mapped?.startsWith('CRYPT-') && slaves.length === 1) {
    const lower = layersBelow(readFileSync(`/sys/class/block/${slaves[0]}/dev`, 'utf8').trim(), table);
    return {
      made: [...lower.made, 'dm-crypt'],
      otherwise: ['its cipher: here it is aes-xts', ...lower.otherwise],
    };
  }
  const home = file === null ? null : mountOf(file, table);
  if (home && loopHomes.has(home.fs)) {
    const lower = layersBelow(home.device, table);
    const direct_io = text(join(folder, 'loop/dio')) === '1';
    const otherwise = [`the mount options of ${home.at}, where the file ${file} lies`, ...lower.otherwise];
    return { made: [...lower.made, { kind: 'loop', fs: home.fs, direct_io }], otherwise };
  }
  if (kind === null && slaves.length === 0) return { made: [], otherwise: [] };
  const name = basename(realpathSync(folder));
  const what = `what is below it: ${name} (${kind ?? 'a layer'}) on ${slaves.join(', ') || 'a file'}`;
  return { made: [], otherwise: [what] };
}

/** File systems that a layer `loop` can have its file in. */
const loopHomes = new Set(['ext4', 'xfs', 'btrfs']);

function sayings(device: string): string[] {
  const folder = `/sys/dev/block/${device}`;
  if (!existsSync(folder)) return [];
  const disk = existsSync(join(folder, 'partition'))
    ? join(realpathSync(folder), '..')
    : realpathSync(folder);
  const cache = text(join(disk, 'queue/write_cache'));
  const fua = text(join(disk, 'queue/fua'));
  if (cache === null) return [];
  return [
    `${basename(disk)} says of its write cache: ${cache}${fua === '1' ? ', with FUA' : ''} (a statement, no proof)`,
  ];
}

function text(path: string): string | null {
  return existsSync(path) ? readFileSync(path, 'utf8').trim() : null;
}
