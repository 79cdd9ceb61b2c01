import { z } from 'zod';
import { diskBehaviour } from './disk.js';
import { layers } from './layers.js';
import { bytes, words } from './values.js';

export const fileSystems = ['ext2', 'ext3', 'ext4', 'xfs', 'btrfs', 'f2fs'] as const;
export type FileSystem = (typeof fileSystems)[number];

/**
 * How power is lost. `disk`: our disk records, every crash state is explored. The others need a guest: the kernel's
 * own dm-log-writes records, or a machine really loses its power (`power`) or its writes (`dm-flakey`), in rounds.
 */
export const methods = ['disk', 'dm-log-writes', 'dm-flakey', 'power'] as const;

/** No file system fits into less; what each needs mkfs says. */
const leastDiskBytes = 1024 ** 2;

/** All that is made and mounted lies on the recorded disk; an option with a device (a journal's, btrfs's second) leaves it. */
function namesNoDevice(list: readonly string[]): boolean {
  return !list.some((word) => /(^|[=,:])\/dev\//.test(word));
}
const namesDevice =
  "expected options without a device of the machine (/dev/...): everything is made and mounted on plugpull's own disk";

export const storage = z.strictObject({
  /** The file system; f2fs needs a guest. */
  fs: z.enum(fileSystems).default('ext4'),
  /** Disk size in bytes; without it the smallest comfortable size for the file system, or as much as the setup needs, up to 1 GiB. */
  size: bytes.refine((size) => size >= leastDiskBytes, 'expected a size of at least 1MiB').optional(),
  /** Extra options for mkfs. */
  mkfs: words.refine(namesNoDevice, namesDevice).default([]),
  /** Mount options, as after `mount -o`. */
  mount: z
    .union([z.array(z.string()), z.string().transform((text) => text.split(',').filter(Boolean))])
    .refine(namesNoDevice, namesDevice)
    .default([]),
  /** How the disk behaves. */
  disk: diskBehaviour.prefault({}),
  /**
   * What lies between disk and programs, besides the file system, from the disk up: md-raid1 or dm-writecache (over two
   * disks), dm-crypt, dm-linear (an LVM volume), loop below the file system; overlay, overlay:volatile, bind, or
   * {kind: fuse, command: ...} above it.
   */
  layers,
  /** How power is lost: by our disk, by the kernel's dm-log-writes, or for real. */
  method: z.enum(methods).default('disk'),
});
export type Storage = z.output<typeof storage>;
