/**
 * Checksums of a trace's files, in its manifest since it was made: a byte that changed since then could change a verdict.
 *
 * A file's checksum is SHA-256 over each of its blocks of 4096 bytes that is not all zeros, its number (u64, little-endian)
 * before it, and over the file's length in bytes (u64) at the end. The last block may be shorter. So a hole counts as the
 * zeros it reads as, and costs nothing.
 */
import { createHash } from 'node:crypto';
import { closeSync, existsSync, fstatSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { callsFile, type Manifest } from '../trace/manifest.js';
import { readAt } from '../trace/read-at.js';
import { UsageError } from '../verdict/errors.js';
import { dataRanges } from './read-sparse.js';

const blockBytes = 4096;
const chunkBytes = 256 * blockBytes;
const covered = ['base.img', 'disk.log', 'events.ndjson', 'payload.bin', callsFile];

/** Of a trace folder that is whole, but for its manifest: by name, in hex. */
export function checksumsOf(folder: string): Record<string, string> {
  const there = covered.filter((name) => existsSync(join(folder, name)));
  return Object.fromEntries(there.map((name) => [name, blockChecksum(join(folder, name))]));
}

/**
 * Throws UsageError for the first file that is not as the recording left it, or gone. Traces of before there were
 * checksums pass.
 */
export function refuseDamage(folder: string, { checksums = {} }: Manifest): void {
  for (const [name, expected] of Object.entries(checksums)) {
    const path = join(folder, name);
    if (!covered.includes(name)) continue;
    if (!existsSync(path))
      throw new UsageError(`${folder}: expected ${path}, found none: the trace is damaged`);
    const found = blockChecksum(path);
    if (found === expected) continue;
    throw new UsageError(
      `${path}: damaged: expected the checksum ${expected} (manifest.json, checksums), found ${found}; what is judged by it may be wrong, so copy the trace anew from where it was recorded, or record again`,
    );
  }
}

export function blockChecksum(path: string): string {
  const fd = openSync(path, 'r');
  try {
    const { size } = fstatSync(fd);
    const hash = createHash('sha256');
    const number = Buffer.alloc(8);
    const zeros = Buffer.alloc(blockBytes);
    const chunk = Buffer.alloc(chunkBytes);
    let next = 0;
    for (const { from, to } of dataRanges(fd, size)) {
      // Ranges begin where the file system likes; a block that was read is not read again.
      let at = Math.max(next, from - (from % blockBytes));
      for (; at < to; at += chunkBytes) {
        const length = Math.min(chunkBytes, roundedUp(to) - at, size - at);
        const bytes = chunk.subarray(0, readAt(fd, chunk.subarray(0, length), at));
        for (let offset = 0; offset < bytes.length; offset += blockBytes) {
          const block = bytes.subarray(offset, offset + blockBytes);
          if (block.equals(zeros.subarray(0, block.length))) continue;
          number.writeBigUInt64LE(BigInt((at + offset) / blockBytes));
          hash.update(number).update(block);
        }
      }
      next = roundedUp(to);
    }
    number.writeBigUInt64LE(BigInt(size));
    return hash.update(number).digest('hex');
  } finally {
    closeSync(fd);
  }
}

function roundedUp(bytes: number): number {
  return Math.ceil(bytes / blockBytes) * blockBytes;
}
