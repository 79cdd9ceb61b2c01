import { closeSync, lstatSync, openSync, readdirSync, readlinkSync } from 'node:fs';
import { dataRanges, readSparse } from '../attach/read-sparse.js';
import { readXattrs } from '../attach/xattrs.js';
import { type BytePath, displayPath, pathBytes } from '../syscalls/byte-path.js';
import type { Owner, Xattrs } from '../trace/attributes.js';
import { Content } from './content.js';
import type { InodeKind } from './inode.js';

/** One name of a directory tree. Names of one file (hard links) carry the same `identity`. */
export interface TreeNode {
  kind: InodeKind;
  identity: string | number;
  mode: number;
  /** Absent: not known. */
  owner?: Owner;
  /** Those that a promise can speak of; absent: not known. */
  xattrs?: Xattrs;
  /** Names it has by its own count; absent: not known, and of directories. */
  links?: number;
  /** A file's bytes; null for other kinds, and for a file too large to hold. */
  content: Content | null;
  target: BytePath | null;
}

/** A directory's names, from `''` (itself) down, parents before children. */
export type DirectoryTree = Map<BytePath, TreeNode>;

/** Files with more data are not read: whoever needs their bytes has to say that it does not know. */
const mostDataBytes = 1 << 29;

/** Reads a directory with everything below it. Directories named in `skip` (paths from the root) are left out. */
export function readDirectoryTree(root: string, skip: ReadonlySet<BytePath> = new Set()): DirectoryTree {
  const tree: DirectoryTree = new Map();
  const visit = (path: BytePath): void => {
    const absolute =
      path === '' ? Buffer.from(root) : Buffer.concat([Buffer.from(`${root}/`), pathBytes(path)]);
    const stat = lstatSync(absolute, { bigint: true });
    const node: TreeNode = {
      kind: 'special',
      identity: `${stat.dev}:${stat.ino}`,
      mode: Number(stat.mode & 0o7777n),
      owner: { uid: Number(stat.uid), gid: Number(stat.gid) },
      content: null,
      target: null,
    };
    if (stat.isDirectory()) node.kind = 'directory';
    else if (stat.isFile()) {
      node.kind = 'file';
      node.content = contentOf(absolute, Number(stat.size));
    } else if (stat.isSymbolicLink()) {
      node.kind = 'symlink';
      node.target = readlinkSync(absolute, { encoding: 'buffer' }).toString('latin1');
    }
    if (node.kind === 'directory' || node.kind === 'file') node.xattrs = readXattrs(absolute);
    tree.set(path, node);
    if (node.kind !== 'directory') return;
    const names = readdirSync(absolute, { encoding: 'buffer' }).map((name) => name.toString('latin1'));
    for (const name of names.sort()) {
      const child = path === '' ? name : `${path}/${name}`;
      if (!skip.has(child)) visit(child);
    }
  };
  visit('');
  return tree;
}

function contentOf(path: Buffer, size: number): Content | null {
  const fd = openSync(path, 'r');
  try {
    let data = 0;
    for (const { from, to } of dataRanges(fd, size)) data += to - from;
    return data > mostDataBytes ? null : Content.of(readSparse(fd, size));
  } finally {
    closeSync(fd);
  }
}

/** Differences in names, kinds, sizes, bytes, link targets and hard links, one line each; none means equal trees. */
export function compareTrees(
  expected: DirectoryTree,
  found: DirectoryTree,
  options: { ignoreContentOf: (path: BytePath) => boolean } = { ignoreContentOf: () => false },
): string[] {
  const differences: string[] = [];
  const names = new Map<string | number, BytePath>();
  const partner = new Map<string | number, string | number>();
  for (const [path, node] of expected) {
    const other = found.get(path);
    const shown = displayPath(path === '' ? '.' : path);
    if (!other) {
      differences.push(`${shown} is missing`);
      continue;
    }
    if (other.kind !== node.kind) {
      differences.push(`${shown} is a ${other.kind}, expected a ${node.kind}`);
      continue;
    }
    if (node.kind === 'symlink' && node.target !== other.target)
      differences.push(`${shown} points elsewhere`);
    if (node.kind === 'file') {
      const known = partner.get(node.identity);
      if (known !== undefined && known !== other.identity) {
        differences.push(`${shown} is no longer another name of ${displayPath(names.get(node.identity)!)}`);
      }
      partner.set(node.identity, other.identity);
      names.set(node.identity, path);
      if (options.ignoreContentOf(path)) continue;
      if (!node.content || !other.content) {
        differences.push(`${shown} is too large to compare`);
        continue;
      }
      const at = node.content.firstDifference(other.content);
      if (at < 0) continue;
      if (node.content.size !== other.content.size) {
        differences.push(`${shown} has ${other.content.size} bytes, expected ${node.content.size}`);
      } else {
        differences.push(`${shown} differs from byte ${at}`);
      }
    }
  }
  for (const path of found.keys())
    if (!expected.has(path)) differences.push(`${displayPath(path)} is there unexpectedly`);
  return differences;
}
