/** The file systems a scenario may name: whether this kernel mounts them. Their tools are in tools.ts. */
import { readFileSync } from 'node:fs';
import type { FileSystem } from '../scenario/schema/storage.js';
import type { Capability } from './capability.js';
import { findModule } from './kernel-module.js';

/** What making each file system takes, and what checking it takes. */
export const fileSystemTools: Record<FileSystem, { make: string; check: string }> = {
  ext2: { make: 'mkfs.ext2', check: 'e2fsck' },
  ext3: { make: 'mkfs.ext3', check: 'e2fsck' },
  ext4: { make: 'mkfs.ext4', check: 'e2fsck' },
  xfs: { make: 'mkfs.xfs', check: 'xfs_repair' },
  btrfs: { make: 'mkfs.btrfs', check: 'btrfs' },
  f2fs: { make: 'mkfs.f2fs', check: 'fsck.f2fs' },
};

export function isFileSystem(name: string): name is FileSystem {
  return Object.hasOwn(fileSystemTools, name);
}

/**
 * A file system in /proc/filesystems can be mounted. One that is only a module is loaded by the first mount; in a
 * container the module's file cannot be seen, so its absence is no proof, and the detail says so.
 */
export function probeFileSystem(name: string): Capability {
  const module = findModule(name);
  const registered = registeredFileSystems().includes(name);
  return {
    name: `file system ${name}`,
    ok: registered || module !== undefined,
    detail: registered
      ? 'in this kernel'
      : module === undefined
        ? 'neither in /proc/filesystems nor under /lib/modules'
        : `loaded when first mounted (${module})`,
    neededFor: `recording and recovering ${name}`,
    fix: `modprobe ${name}, as root on the host; where the kernel has no such module, use one in a guest: --place vm`,
  };
}

function registeredFileSystems(): string[] {
  try {
    return readFileSync('/proc/filesystems', 'utf8')
      .split('\n')
      .map((line) => line.split('\t')[1] ?? '');
  } catch {
    return [];
  }
}
