/** What plugpull knows of each file system: its tools, and the options a test disk gets. */

import type { FileSystem, Storage } from '../scenario/schema/storage.js';

interface FileSystemFacts {
  /** mkfs and the options it always gets. */
  mkfs: string[];
  package: string;
  /** Smallest comfortable disk. */
  defaultSizeBytes: number;
  /** Looks for damage without mending it, and the exit codes that mean none was found. */
  fsck: string[];
}

const mib = 1024 * 1024;
// Blocks of 4096 bytes, as on any disk over 512 MiB: what a small test disk would get by default (1024) is laid
// out unlike what people run. No lazy initialisation: it would write in the background of the recording.
const extOptions = ['-q', '-F', '-b', '4096', '-E', 'lazy_itable_init=0,lazy_journal_init=0,nodiscard'];
const ext2Options = ['-q', '-F', '-b', '4096', '-E', 'lazy_itable_init=0,nodiscard'];

export const fileSystemFacts: Record<FileSystem, FileSystemFacts> = {
  ext2: {
    mkfs: ['mkfs.ext2', ...ext2Options],
    package: 'e2fsprogs',
    defaultSizeBytes: 64 * mib,
    fsck: ['e2fsck', '-fn'],
  },
  ext3: {
    mkfs: ['mkfs.ext3', ...extOptions],
    package: 'e2fsprogs',
    defaultSizeBytes: 64 * mib,
    fsck: ['e2fsck', '-fn'],
  },
  ext4: {
    mkfs: ['mkfs.ext4', ...extOptions],
    package: 'e2fsprogs',
    defaultSizeBytes: 64 * mib,
    fsck: ['e2fsck', '-fn'],
  },
  xfs: {
    mkfs: ['mkfs.xfs', '-q', '-f', '-K'],
    package: 'xfsprogs',
    defaultSizeBytes: 300 * mib,
    fsck: ['xfs_repair', '-n'],
  },
  btrfs: {
    mkfs: ['mkfs.btrfs', '-q', '-f', '-K'],
    package: 'btrfs-progs',
    defaultSizeBytes: 128 * mib,
    fsck: ['btrfs', 'check', '--readonly'],
  },
  f2fs: {
    mkfs: ['mkfs.f2fs', '-q', '-f'],
    package: 'f2fs-tools',
    defaultSizeBytes: 128 * mib,
    fsck: ['fsck.f2fs', '--dry-run'],
  },
};

export function diskSizeBytes(storage: Storage): number {
  const size = storage.size ?? defaultSizeBytes(storage);
  return size - (size % 4096);
}

/** A file system around the file of a loop device leaves the file system its comfort. */
function defaultSizeBytes({ fs, layers }: Storage): number {
  const own = fileSystemFacts[fs].defaultSizeBytes;
  return layers.reduceRight((size, layer) => {
    if (layer.kind !== 'loop') return size;
    return Math.max(2 * size, fileSystemFacts[layer.fs].defaultSizeBytes);
  }, own);
}
