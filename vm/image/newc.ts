/**
 * The cpio archive that Linux unpacks into its first file system: format newc, one entry after the other.
 *
 *     "070701", then 13 numbers of 8 hexadecimal digits: inode, mode, uid, gid, links, mtime, size,
 *     device major and minor, rdev major and minor, length of the name with its zero byte, 0
 *     the name and a zero byte, zeros up to a multiple of 4; the content, likewise
 *
 * An entry named TRAILER!!! ends the archive. Linux takes several archives one after the other, each padded to a
 * multiple of 4. cpio(1) would copy inode times and the link counts of this machine's file system into it, and
 * makes no device node without root.
 */
import { imageTime } from './squashfs.js';

export type NewcEntry =
  | { path: string; type: 'folder' }
  | { path: string; type: 'file'; content: Buffer; executable?: boolean }
  | { path: string; type: 'character device'; major: number; minor: number };

const typeBits = { folder: 0o040000, file: 0o100000, 'character device': 0o020000 } as const;
/** Archives are padded to it, as cpio(1) does. */
const blockBytes = 512;

/** An archive of the entries in their order; a folder comes before what is in it. Everything is root's. */
export function newcArchive(entries: readonly NewcEntry[]): Buffer {
  const parts: Buffer[] = entries.flatMap((entry, index) => {
    const content = entry.type === 'file' ? entry.content : Buffer.alloc(0);
    const device = entry.type === 'character device' ? entry : { major: 0, minor: 0 };
    return record(entry.path, content, { inode: index + 1, mode: modeOf(entry), time: imageTime, device });
  });
  parts.push(
    ...record('TRAILER!!!', Buffer.alloc(0), { inode: 0, mode: 0, time: 0, device: { major: 0, minor: 0 } }),
  );
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return Buffer.concat(parts, Math.ceil(length / blockBytes) * blockBytes);
}

function modeOf(entry: NewcEntry): number {
  const open = entry.type === 'folder' || (entry.type === 'file' && entry.executable);
  return typeBits[entry.type] | (open ? 0o755 : entry.type === 'file' ? 0o644 : 0o600);
}

function record(
  name: string,
  content: Buffer,
  inode: { inode: number; mode: number; time: number; device: { major: number; minor: number } },
): Buffer[] {
  const encoded = Buffer.from(`${name}\0`);
  const { major, minor } = inode.device;
  const numbers = [
    inode.inode,
    inode.mode,
    0,
    0,
    1,
    inode.time,
    content.length,
    0,
    0,
    major,
    minor,
    encoded.length,
    0,
  ];
  const header = `070701${numbers.map((number) => number.toString(16).padStart(8, '0')).join('')}`;
  return [padded(Buffer.concat([Buffer.from(header), encoded])), padded(content)];
}

function padded(part: Buffer): Buffer {
  return part.length % 4 === 0 ? part : Buffer.concat([part], part.length + 4 - (part.length % 4));
}
