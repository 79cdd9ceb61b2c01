/** All of a mounted directory tree, as it is sent to whoever judges it. What cannot be read is part of it, with its error. */
import { closeSync, fstatSync, lstatSync, openSync, readdirSync, readlinkSync, type Stats } from 'node:fs';
import { errorCode, SystemCallError } from '../../attach/libc.js';
import { readXattrs } from '../../attach/xattrs.js';
import { readAt } from '../../trace/read-at.js';
import type { FoundNode } from './messages.js';

/** Larger than any file of a workload. */
const largestFileBytes = 4 * 2 ** 20;
/** More than any workload makes: a file system that shows more is beside itself. */
const mostNodes = 1000;
/** O_NOFOLLOW | O_NONBLOCK */
const openFlags = 0o400000 | 0o4000;

export function findTree(root: string): FoundNode[] {
  const nodes: FoundNode[] = [];
  const first = new Map<number, number>();
  const visit = (path: string): void => {
    if (nodes.length >= mostNodes) return;
    const full = Buffer.from(path === '' ? root : `${root}/${path}`, 'latin1');
    const node: FoundNode = {
      path,
      kind: 'special',
      identity: nodes.length,
      mode: 0,
      uid: 0,
      gid: 0,
      links: 0,
      xattrs: {},
    };
    nodes.push(node);
    let names: string[] = [];
    try {
      const stats = lstatSync(full);
      node.kind = kindOf(stats);
      node.mode = stats.mode & 0o7777;
      node.uid = stats.uid;
      node.gid = stats.gid;
      node.links = stats.nlink;
      if (node.kind !== 'directory') {
        const known = first.get(stats.ino);
        if (known !== undefined) node.identity = known;
        else first.set(stats.ino, node.identity);
      }
      if (node.kind === 'symlink')
        node.target = readlinkSync(full, { encoding: 'buffer' }).toString('latin1');
      if (node.kind === 'file') node.content = readContent(full);
      if (node.kind === 'file' || node.kind === 'directory') node.xattrs = readXattrs(full);
      if (node.kind === 'directory')
        names = readdirSync(full, { encoding: 'buffer' }).map((name) => name.toString('latin1'));
    } catch (error) {
      const code = error instanceof SystemCallError ? error.code : errorCode(error);
      if (code === null) throw error;
      node.error = code;
    }
    for (const name of names.sort()) {
      if (path === '' && name === 'lost+found') continue;
      visit(path === '' ? name : `${path}/${name}`);
    }
  };
  visit('');
  return nodes;
}

function readContent(full: Buffer): string | null {
  const fd = openSync(full, openFlags);
  try {
    const { size } = fstatSync(fd);
    if (size > largestFileBytes) return null;
    const bytes = Buffer.alloc(size);
    return bytes.toString('base64', 0, readAt(fd, bytes, 0));
  } finally {
    closeSync(fd);
  }
}

function kindOf(stats: Stats): FoundNode['kind'] {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'directory';
  return stats.isSymbolicLink() ? 'symlink' : 'special';
}

/** What emptying depends on: names and kinds, not bytes. */
export function shapeOf(tree: readonly FoundNode[]): string {
  return tree.map(({ path, kind, identity, links }) => `${path}:${kind}:${identity}:${links}`).join('\n');
}
