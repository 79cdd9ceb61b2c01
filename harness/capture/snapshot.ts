/**
 * What the workload can see in its directory at one moment.
 *
 * The walk goes through a read-only bind mount without access times, so that looking changes nothing. A file
 * whose inode, size and change time are those of the snapshot before is not read again, unless it changed so
 * recently that a coarse clock could hide a second change.
 */
import {
  type BigIntStats,
  closeSync,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
} from 'node:fs';
import { readSparse } from '../attach/read-sparse.js';
import { readXattrs } from '../attach/xattrs.js';
import { onDisk, pathText } from '../syscalls/byte-path.js';
import { entryType } from '../trace/entry-type.js';
import type { TreeEntry } from '../trace/events.js';
import type { FileBytes } from '../trace/file-bytes.js';
import type { PayloadWriter } from '../trace/payload.js';
import { CannotTellError } from '../verdict/errors.js';

/** Change times within this long of now do not prove that nothing changed since. */
const coarseClockNs = 20_000_000n;

export type Tree = Map<string, TreeEntry>;

export class SnapshotTaker {
  #previous: Tree = new Map();
  #previousTakenNs = 0n;

  constructor(
    private readonly root: string,
    private readonly payload: PayloadWriter,
  ) {}

  /** The tree now, and what changed against the snapshot before. */
  take(): { tree: Tree; changed: TreeEntry[]; removed: string[] } {
    const takenNs = BigInt(Date.now()) * 1_000_000n;
    const tree: Tree = new Map();
    try {
      this.#walk('', tree);
    } catch (error) {
      throw unseen(error);
    }
    const changed = [...tree.values()].filter((entry) => this.#previous.get(entry.path) !== entry);
    const removed = [...this.#previous.keys()].filter((path) => !tree.has(path));
    this.#previous = tree;
    this.#previousTakenNs = takenNs;
    return { tree, changed, removed };
  }

  #names(folder: string): string[] {
    return readdirSync(onDisk(this.root, folder), { encoding: 'buffer' }).map(pathText).sort();
  }

  #walk(folder: string, tree: Tree): void {
    for (const name of this.#names(folder)) {
      if (folder === '' && name === 'lost+found') continue;
      const path = folder ? `${folder}/${name}` : name;
      try {
        const entry = this.#look(path);
        tree.set(path, entry);
        if (entry.type === 'directory') this.#walk(path, tree);
      } catch (error) {
        // Removed by another of the workload's threads while we looked: then it was not there.
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      }
    }
  }

  #look(path: string): TreeEntry {
    const full = onDisk(this.root, path);
    const stats = lstatSync(full, { bigint: true });
    const before = this.#previous.get(path);
    if (before && this.#isSame(before, stats)) return before;
    const entry: TreeEntry = {
      path,
      type: entryType(stats),
      ino: Number(stats.ino),
      mode: Number(stats.mode) & 0o7777,
      uid: Number(stats.uid),
      gid: Number(stats.gid),
      size: Number(stats.size),
      ctime_ns: stats.ctimeNs.toString(),
    };
    if (entry.type === 'file' || entry.type === 'directory') {
      const xattrs = readXattrs(full);
      // One that had some and has none now says so: what was removed can come back.
      if (Object.keys(xattrs).length > 0 || before?.xattrs) entry.xattrs = xattrs;
    }
    if (entry.type === 'symlink') entry.target = pathText(readlinkSync(full, { encoding: 'buffer' }));
    if (entry.type === 'file') {
      const content = readWhole(full);
      entry.size = content.length;
      entry.content = this.payload.add(content);
    }
    return entry;
  }

  #isSame(before: TreeEntry, stats: BigIntStats): boolean {
    return (
      before.ino === Number(stats.ino) &&
      before.ctime_ns === stats.ctimeNs.toString() &&
      before.type === entryType(stats) &&
      (before.type === 'directory' || before.size === Number(stats.size)) &&
      stats.ctimeNs + coarseClockNs < this.#previousTakenNs
    );
  }
}

/** What a workload did that keeps anybody from seeing what it left; other errors are none of its. */
function unseen(error: unknown): unknown {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'ENOENT':
      return new CannotTellError('the workload removed the folder that it was started in');
    case 'ENAMETOOLONG':
      return new CannotTellError(
        'a path of the workload is longer than the 4095 bytes that can be looked at (path_resolution(7))',
      );
    default:
      return error;
  }
}

function readWhole(path: string | Buffer): FileBytes {
  const fd = openSync(path, 'r');
  try {
    return readSparse(fd, fstatSync(fd).size);
  } finally {
    closeSync(fd);
  }
}
