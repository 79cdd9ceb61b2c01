import { closeSync, openSync, readSync } from 'node:fs';
import type { FileSystem } from '../scenario/schema.js';

/** Where each family of file systems keeps its magic number. */
const magics: readonly { family: string; names: readonly FileSystem[]; offset: number; bytes: Buffer }[] = [
  {
    family: 'ext2, ext3 or ext4',
    names: ['ext2', 'ext3', 'ext4'],
    offset: 1080,
    bytes: Buffer.of(0x53, 0xef),
  },
  { family: 'xfs', names: ['xfs'], offset: 0, bytes: Buffer.from('XFSB') },
  { family: 'btrfs', names: ['btrfs'], offset: 0x10040, bytes: Buffer.from('_BHRfS_M') },
];

/** What file system an image begins with, in words, and whether it can be mounted as `fs`. */
export function fileSystemIn(image: string, fs: FileSystem): { found: string; matches: boolean } {
  const fd = openSync(image, 'r');
  try {
    const known = magics.find(({ offset, bytes }) => {
      const there = Buffer.alloc(bytes.length);
      readSync(fd, there, 0, there.length, offset);
      return there.equals(bytes);
    });
    return {
      found: known?.family ?? 'none that plugpull knows',
      matches: known?.names.includes(fs) ?? false,
    };
  } finally {
    closeSync(fd);
  }
}
