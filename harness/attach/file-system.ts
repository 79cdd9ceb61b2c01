/**
 * Making and mounting file systems on a block device we own.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { ExecaError, execa } from 'execa';
import type { FileSystem, Storage } from '../scenario/schema.js';
import { UnavailableError, UsageError } from '../verdict/errors.js';
import { mount, mountFlag, SystemCallError, unmount } from './libc.js';

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
};

export function diskSizeBytes(storage: Storage): number {
  const size = storage.size ?? fileSystemFacts[storage.fs].defaultSizeBytes;
  return size - (size % 4096);
}

export async function makeFileSystem(device: string, storage: Storage): Promise<void> {
  const [command, ...options] = fileSystemFacts[storage.fs].mkfs;
  try {
    await execa(command!, [...options, ...storage.mkfs, device]);
  } catch (error) {
    if (!(error instanceof ExecaError)) throw error;
    if (error.code === 'ENOENT') {
      throw new UnavailableError(
        `${command} is missing: apt-get install ${fileSystemFacts[storage.fs].package}`,
      );
    }
    throw new UsageError(
      `${command} failed (storage: fs ${storage.fs}, size ${diskSizeBytes(storage)}, mkfs ${JSON.stringify(storage.mkfs)}): ${String(error.stderr).trim()}`,
    );
  }
}

const flagOptions: Record<string, number> = {
  ro: mountFlag.readOnly,
  noatime: mountFlag.noAtime,
  sync: 16,
  nosuid: 2,
  nodev: 4,
  noexec: 8,
  dirsync: 128,
  nodiratime: 2048,
  relatime: 1 << 21,
  strictatime: 1 << 24,
  lazytime: 1 << 25,
};

/** Splits mount options as mount(8) does: generic flags, and what only the file system understands. */
export function splitMountOptions(options: readonly string[]): { flags: number; data: string } {
  let flags = 0;
  const data: string[] = [];
  for (const option of options) {
    const flag = flagOptions[option];
    if (flag !== undefined) flags |= flag;
    else if (option !== 'rw' && option !== 'defaults' && option !== 'async') data.push(option);
  }
  return { flags, data: data.join(',') };
}

/** Mounts with the scenario's options. Throws SystemCallError: it may be the crash state that does not mount. */
export function mountStorage(device: string, at: string, storage: Pick<Storage, 'fs' | 'mount'>): void {
  const { flags, data } = splitMountOptions(storage.mount);
  mount(device, at, storage.fs, flags, data);
}

/**
 * Mounts a crash state. Others of the same file system are mounted at the same time, by other lanes, so xfs must
 * not mind a UUID that it knows already.
 */
export function mountCrashState(device: string, at: string, { fs, mount: options }: Pick<Storage, 'fs' | 'mount'>): void {
  mountStorage(device, at, { fs, mount: fs === 'xfs' ? [...options, 'nouuid'] : options });
}

/**
 * How many crash states of a file system can be mounted side by side. Before Linux 6.7 (temporary fsids) btrfs
 * takes two copies of a file system for one.
 */
export function concurrentCrashStates(fs: FileSystem, kernelRelease: string): number {
  const [major = 0, minor = 0] = kernelRelease.split('.').map((part) => Number.parseInt(part, 10));
  const hasTemporaryFsid = major > 6 || (major === 6 && minor >= 7);
  return fs === 'btrfs' && !hasTemporaryFsid ? 1 : Number.POSITIVE_INFINITY;
}

/** Unmounts; a file system that is still busy is waited for, as background closers finish. */
export async function unmountPatiently(at: string, timeoutMs = 5000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    try {
      unmount(at);
      return;
    } catch (error) {
      if (!(error instanceof SystemCallError) || error.code !== 'EBUSY' || Date.now() > deadline) throw error;
      await sleep(20);
    }
  }
}
