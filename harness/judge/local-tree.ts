import { closeSync, fstatSync, lstatSync, openSync, readlinkSync, type Stats } from 'node:fs';
import { readSparse } from '../attach/read-sparse.js';
import { readXattrs } from '../attach/xattrs.js';
import type { RecoveredEntry, RecoveredTree, WantedContent } from '../promise/recovered-tree.js';
import { onDisk, pathText } from '../syscalls/byte-path.js';
import type { Xattrs } from '../trace/attributes.js';
import { entryType } from '../trace/entry-type.js';
import type { FileBytes } from '../trace/file-bytes.js';

/** O_NOFOLLOW | O_NONBLOCK: what is there may be a link or a FIFO by now. O_NOATIME: looking must not write. */
const openFlags = 0o400000 | 0o4000 | 0o1000000;

/** A recovered directory of this machine. */
export class LocalTree implements RecoveredTree {
  constructor(private readonly root: string) {}

  look(path: string): RecoveredEntry {
    const full = onDisk(this.root, path);
    const entry = entryOf(lstatSync(full));
    return entry.type === 'symlink'
      ? { ...entry, target: pathText(readlinkSync(full, { encoding: 'buffer' })) }
      : entry;
  }

  lookInto(
    path: string,
    { lengthBytes, whole }: WantedContent,
  ): RecoveredEntry & { content: FileBytes | null } {
    const fd = openSync(onDisk(this.root, path), openFlags);
    try {
      const entry = entryOf(fstatSync(fd));
      const fits = whole ? entry.size === lengthBytes : entry.size >= lengthBytes;
      return { ...entry, content: entry.type === 'file' && fits ? readSparse(fd, lengthBytes) : null };
    } finally {
      closeSync(fd);
    }
  }

  xattrs(path: string): Xattrs {
    return readXattrs(onDisk(this.root, path));
  }
}

function entryOf(stats: Stats): RecoveredEntry {
  const { mode, uid, gid, size } = stats;
  return { type: entryType(stats), mode: mode & 0o7777, uid, gid, size };
}
