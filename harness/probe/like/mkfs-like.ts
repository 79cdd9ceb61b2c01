/** How mkfs makes a file system like one that is there, by its superblock, and what it cannot make alike. */
import { closeSync, openSync } from 'node:fs';
import { superblockOn } from '../../superblock/read-superblock.js';
import { readAt } from '../../trace/read-at.js';
import { btrfsLike } from './btrfs-like.js';
import { extLike } from './ext-like.js';
import type { BytesAt, MadeLike } from './made-like.js';
import type { MountLine } from './mount-table.js';
import { xfsLike } from './xfs-like.js';

export function mkfsLike({ fs, source }: Pick<MountLine, 'fs' | 'source'>): MadeLike {
  let fd: number;
  try {
    fd = openSync(source, 'r');
  } catch (error) {
    return nothingKnown(
      `the superblock on ${source} cannot be read (${(error as NodeJS.ErrnoException).code})`,
    );
  }
  try {
    const superblock = superblockOn((offset, into) => void readAt(fd, into, offset));
    if (!superblock) return nothingKnown(`${source} begins with no superblock that is known`);
    const bytesAt: BytesAt = (offset, lengthBytes) => {
      const bytes = Buffer.alloc(lengthBytes);
      readAt(fd, bytes, offset);
      return bytes;
    };
    const { features } = superblock;
    if (fs.startsWith('ext')) return extLike(features, bytesAt);
    if (fs === 'xfs') return xfsLike(features, bytesAt);
    if (fs === 'btrfs') return btrfsLike(features, bytesAt);
    return nothingKnown(`mkfs's usual ones here; there they are ${features.join(', ')}`);
  } finally {
    closeSync(fd);
  }
}

function nothingKnown(why: string): MadeLike {
  return { mkfs: [], otherwise: [`its features: ${why}`] };
}
