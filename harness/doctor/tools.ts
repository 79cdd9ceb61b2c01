/**
 * The programs plugpull starts, the Debian package of each, and what each is for. scripts/bootstrap installs the
 * packages of those that are not `optional`; a test keeps the two lists alike.
 */
import type { Capability } from './capability.js';
import { findCommand } from './find-command.js';

interface Tool {
  package: string;
  neededFor: string;
  /** A run on the host does without it. */
  optional?: true;
}

export const tools: Record<string, Tool> = {
  strace: { package: 'strace', neededFor: 'recording the system calls of a workload' },
  nbdfuse: { package: 'libnbd-bin', neededFor: 'attaching an NBD disk where the kernel has no nbd module' },
  fusermount3: { package: 'fuse3', neededFor: 'taking away FUSE mounts' },
  'mkfs.ext2': { package: 'e2fsprogs', neededFor: 'making ext2' },
  'mkfs.ext3': { package: 'e2fsprogs', neededFor: 'making ext3' },
  'mkfs.ext4': { package: 'e2fsprogs', neededFor: 'making ext4' },
  e2fsck: { package: 'e2fsprogs', neededFor: 'checking ext2, ext3 and ext4 after recovery' },
  debugfs: {
    package: 'e2fsprogs',
    neededFor: 'naming the files that lost blocks of ext2, ext3 and ext4 belong to',
  },
  'mkfs.xfs': { package: 'xfsprogs', neededFor: 'making xfs' },
  xfs_repair: { package: 'xfsprogs', neededFor: 'checking xfs after recovery' },
  'mkfs.btrfs': { package: 'btrfs-progs', neededFor: 'making btrfs' },
  btrfs: { package: 'btrfs-progs', neededFor: 'checking btrfs after recovery' },
  python3: { package: 'python3', neededFor: 'the shipped workloads' },
  sqlite3: { package: 'sqlite3', neededFor: 'looking into the databases of the shipped workloads' },
  addr2line: { package: 'binutils', neededFor: 'source lines of compiled workloads' },
  // g++ depends on gcc and on the C library's headers, which gcc only recommends.
  gcc: { package: 'g++', neededFor: 'the tests, which compile a workload' },
  dmsetup: { package: 'dmsetup', neededFor: 'device-mapper targets', optional: true },
  'qemu-system-x86_64': {
    package: 'qemu-system-x86',
    neededFor: 'running a workload in a virtual machine',
    optional: true,
  },
  docker: { package: 'docker.io', neededFor: 'running a workload in a container', optional: true },
};

export function probeTool(name: string): Capability {
  const tool = tools[name];
  const path = findCommand(name);
  return {
    name,
    ok: path !== undefined,
    detail: path ?? 'not installed',
    neededFor: tool?.neededFor ?? 'this scenario',
    ...(tool !== undefined && { package: tool.package }),
  };
}
