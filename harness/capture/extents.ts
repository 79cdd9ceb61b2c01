import { closeSync, openSync } from 'node:fs';
import { ioctl } from '../attach/libc.js';
import { onDisk } from '../syscalls/byte-path.js';
import type { Extent, TreeEntry } from '../trace/events.js';

/** FS_IOC_FIEMAP, include/uapi/linux/fiemap.h: a header of 32 bytes, then extents of 56. */
const fiemap = 0xc020660b;
const headerBytes = 32;
const extentBytes = 56;
const extentsPerCall = 128;
const flag = { last: 1, unknown: 2, delayedAllocation: 4, encoded: 8, inline: 0x200 } as const;

/**
 * Where each file's blocks lie on the disk, as far as they have been allocated. Asking does not make the file
 * system write anything (no FIEMAP_FLAG_SYNC): looking must not repair a missing fsync.
 */
export function extentsOf(
  root: string,
  entries: Iterable<Pick<TreeEntry, 'type' | 'path'>>,
): Record<string, Extent[]> {
  const files: Record<string, Extent[]> = {};
  for (const entry of entries) {
    if (entry.type !== 'file' && entry.type !== 'directory') continue;
    try {
      const extents = extentsOfFile(onDisk(root, entry.path));
      if (extents.length > 0) files[entry.path] = extents;
    } catch {
      // Not every file system answers for folders; extents only serve the explanation.
    }
  }
  return files;
}

function extentsOfFile(path: string | Buffer): Extent[] {
  const fd = openSync(path, 'r');
  try {
    const extents: Extent[] = [];
    let from = 0n;
    for (;;) {
      const buffer = Buffer.alloc(headerBytes + extentsPerCall * extentBytes);
      buffer.writeBigUInt64LE(from, 0);
      buffer.writeBigUInt64LE(0xffff_ffff_ffff_ffffn - from, 8);
      buffer.writeUInt32LE(extentsPerCall, 24);
      ioctl(fd, fiemap, buffer);
      const count = buffer.readUInt32LE(20);
      for (let i = 0; i < count; i++) {
        const at = headerBytes + i * extentBytes;
        const logical = buffer.readBigUInt64LE(at);
        const physical = buffer.readBigUInt64LE(at + 8);
        const length = buffer.readBigUInt64LE(at + 16);
        const flags = buffer.readUInt32LE(at + 40);
        from = logical + length;
        const placed = !(flags & (flag.unknown | flag.delayedAllocation | flag.encoded | flag.inline));
        if (placed) extents.push([Number(logical), Number(physical), Number(length)]);
        if (flags & flag.last) return extents;
      }
      if (count < extentsPerCall) return extents;
    }
  } finally {
    closeSync(fd);
  }
}
