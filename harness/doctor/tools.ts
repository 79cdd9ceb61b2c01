/**
 * The programs plugpull starts, the Debian package of each, and what each is for. scripts/bootstrap installs the
 * packages of those that are not `optional`, and, as its part vm, those for guests; a test keeps the lists alike.
 */
import type { Capability } from './capability.js';
import { findCommand } from './find-command.js';

export interface Tool {
  package: string;
  neededFor: string;
  /** A run on the host does without it; `guest`: one in a virtual machine does not. */
  optional?: true | 'guest';
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
  chromium: { package: 'chromium', neededFor: 'the tests of the HTML report, which open it' },
  'mkfs.f2fs': { package: 'f2fs-tools', neededFor: 'making f2fs', optional: true },
  'fsck.f2fs': { package: 'f2fs-tools', neededFor: 'checking f2fs after recovery', optional: true },
  dmsetup: { package: 'dmsetup', neededFor: 'device-mapper targets', optional: true },
  'qemu-system-x86_64': {
    package: 'qemu-system-x86',
    neededFor: 'running a workload in a virtual machine',
    optional: 'guest',
  },
  'qemu-img': { package: 'qemu-utils', neededFor: 'disk images of virtual machines', optional: 'guest' },
  'apt-get': { package: 'apt', neededFor: 'downloading what guest images are made of', optional: 'guest' },
  'dpkg-deb': { package: 'dpkg', neededFor: 'unpacking what guest images are made of', optional: 'guest' },
  depmod: { package: 'kmod', neededFor: 'choosing the kernel modules of a guest', optional: 'guest' },
  modprobe: { package: 'kmod', neededFor: 'choosing the kernel modules of a guest', optional: 'guest' },
  mksquashfs: { package: 'squashfs-tools', neededFor: 'making guest images', optional: 'guest' },
  sqfstar: { package: 'squashfs-tools', neededFor: 'making guest images of archives', optional: 'guest' },
  tar: { package: 'tar', neededFor: 'making guest images', optional: 'guest' },
  xz: { package: 'xz-utils', neededFor: 'unpacking kernel modules', optional: 'guest' },
  zstd: { package: 'zstd', neededFor: 'unpacking kernel modules', optional: 'guest' },
  docker: { package: 'docker.io', neededFor: 'running a workload in a container', optional: true },
  'redis-server': { package: 'redis-server', neededFor: 'a queue for several workers', optional: true },
  dockerd: { package: 'docker.io', neededFor: 'a container engine of our own, for tests', optional: true },
};

export function probeTool(name: string): Capability {
  const tool = tools[name];
  const path = findCommand(name);
  // Whoever is told to install what is there looks in the wrong place.
  const isPathSet = (process.env.PATH ?? '') !== '';
  return {
    name,
    ok: path !== undefined,
    detail: path ?? (isPathSet ? 'not installed' : 'not found, since PATH is not set'),
    ...(path === undefined && !isPathSet && { fix: 'set PATH, as /usr/bin:/bin' }),
    neededFor: tool?.neededFor ?? 'this scenario',
    ...(tool !== undefined && { package: tool.package }),
  };
}
