/**
 * A recovered directory as a judge sees it: path by path, and of each no more than it asks for, because every block
 * that is read is a block whose fate has to be decided. Paths are relative to the directory.
 */
import { closeSync, fstatSync, lstatSync, openSync, readlinkSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { entryType } from '../trace/entry-type.js';
import type { TreeEntry } from '../trace/events.js';
import { readAt } from '../trace/read-at.js';

export interface RecoveredEntry {
  type: TreeEntry['type'];
  /** Permission bits. */
  mode: number;
  size: number;
  /** Of a symbolic link. */
  target?: string;
}

/** What a judge wants of a file's content: its first bytes, and that it has no more than those or at least them. */
export interface WantedContent {
  lengthBytes: number;
  whole: boolean;
}

/** Both throw an error whose `code` is the errno's name (`ENOENT`, `EIO`, ...), as Node's own do. */
export interface RecoveredTree {
  /** One path, without following it. */
  look(path: string): RecoveredEntry;
  /** One path, opened without following it; `content` only if it is a file of a size that can hold what is wanted. */
  lookInto(path: string, wanted: WantedContent): RecoveredEntry & { content: Buffer | null };
}

/** O_NOFOLLOW | O_NONBLOCK: what is there may be a link or a FIFO by now. O_NOATIME: looking must not write. */
const openFlags = 0o400000 | 0o4000 | 0o1000000;

/** A directory of this machine. */
export class LocalTree implements RecoveredTree {
  constructor(private readonly root: string) {}

  look(path: string): RecoveredEntry {
    const full = join(this.root, path);
    const entry = entryOf(lstatSync(full));
    return entry.type === 'symlink' ? { ...entry, target: readlinkSync(full) } : entry;
  }

  lookInto(path: string, { lengthBytes, whole }: WantedContent): RecoveredEntry & { content: Buffer | null } {
    const fd = openSync(join(this.root, path), openFlags);
    try {
      const entry = entryOf(fstatSync(fd));
      const fits = whole ? entry.size === lengthBytes : entry.size >= lengthBytes;
      return { ...entry, content: entry.type === 'file' && fits ? readBytes(fd, lengthBytes) : null };
    } finally {
      closeSync(fd);
    }
  }
}

function entryOf(stats: Stats): RecoveredEntry {
  return { type: entryType(stats), mode: stats.mode & 0o7777, size: stats.size };
}

function readBytes(fd: number, lengthBytes: number): Buffer {
  const content = Buffer.alloc(lengthBytes);
  readAt(fd, content, 0);
  return content;
}
