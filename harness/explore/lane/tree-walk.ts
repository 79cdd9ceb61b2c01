/**
 * Walks all of a recovered directory tree: names, kinds, sizes, bytes, link targets, hard links, attributes. What cannot be read is
 * part of what was seen, with its error.
 * Assumes: the mount has no access times, so that looking changes nothing.
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
import { errorCode } from '../../attach/libc.js';
import { dataRanges, readSparse } from '../../attach/read-sparse.js';
import { readXattrs } from '../../attach/xattrs.js';
import { type BytePath, pathBytes } from '../../syscalls/byte-path.js';
import { entryType } from '../../trace/entry-type.js';
import type { SeenNode } from '../recovered-trees.js';
import type { LookLimits } from './recovery-messages.js';
import type { TreeWalk } from './tree-look.js';
import type { TreeStore } from './tree-store.js';

/** O_NOFOLLOW | O_NONBLOCK: what is there may be a link or a FIFO. */
const openFlags = 0o400000 | 0o4000;

/** Of a tree that is mounted on the host. */
export const walkTree: TreeWalk = (root, limits, store) => {
  const walk = new Walk(root, limits, store);
  return walk.visit('') ? walk.nodes : null;
};

class Walk {
  readonly nodes: SeenNode[] = [];
  /** Inode numbers differ between equal trees; the position of the first name does not. */
  readonly #first = new Map<bigint, number>();
  #bytes = 0;

  constructor(
    private readonly root: string,
    private readonly limits: LookLimits,
    private readonly store: TreeStore,
  ) {}

  /** False when the limits are reached. */
  visit(path: BytePath): boolean {
    if (this.nodes.length >= this.limits.entries) return false;
    const full = Buffer.concat([Buffer.from(this.root), Buffer.from('/'), pathBytes(path)]);
    const node: SeenNode = { path, kind: 'special', file: this.nodes.length };
    this.nodes.push(node);
    let names: string[] = [];
    try {
      const stats = lstatSync(full, { bigint: true });
      node.kind = kindOf(stats);
      node.mode = Number(stats.mode & 0o7777n);
      node.uid = Number(stats.uid);
      node.gid = Number(stats.gid);
      if (node.kind !== 'directory') {
        const first = this.#first.get(stats.ino);
        if (first !== undefined) node.file = first;
        else this.#first.set(stats.ino, node.file);
        node.links = Number(stats.nlink);
      }
      if (node.kind === 'file' || node.kind === 'directory') {
        const xattrs = readXattrs(full);
        if (Object.keys(xattrs).length > 0) node.xattrs = xattrs;
      }
      if (node.kind === 'symlink')
        node.target = readlinkSync(full, { encoding: 'buffer' }).toString('latin1');
      if (node.kind === 'file') this.#readFile(full, node);
      if (node.kind === 'directory')
        names = readdirSync(full, { encoding: 'buffer' }).map((name) => name.toString('latin1'));
    } catch (error) {
      const code = errorCode(error);
      if (code === null) throw error;
      node.error = code;
    }
    return names
      .sort()
      .every(
        (name) =>
          (path === '' && name === 'lost+found') || this.visit(path === '' ? name : `${path}/${name}`),
      );
  }

  #readFile(full: Buffer, node: SeenNode): void {
    const fd = openSync(full, openFlags);
    try {
      const size = Number(fstatSync(fd).size);
      node.size = size;
      for (const { from, to } of dataRanges(fd, size)) this.#bytes += to - from;
      // Of a file beyond the limit only the size is known.
      if (this.#bytes > this.limits.bytes) return;
      node.content = this.store.keepContent(readSparse(fd, size));
    } finally {
      closeSync(fd);
    }
  }
}

function kindOf(stats: BigIntStats): SeenNode['kind'] {
  const type = entryType(stats);
  return type === 'other' ? 'special' : type;
}
