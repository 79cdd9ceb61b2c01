/**
 * A directory that shows one crash state after another: what the next one has like the last one, and nobody touched, stays.
 * Two states of a database differ in a page or two of forty megabytes.
 *
 * Assumes that nobody works in it while it changes. A file stays only if it is the one that was written here, neither its
 * attributes nor its length nor the time of its last change (ctime, which no program can set) are others by now, and each of
 * its bytes is read and is what the next state has: a store through a mapping, or a change within one tick of the clock,
 * may leave that time as it was. What has several names is written anew.
 */
import {
  type BigIntStats,
  chmodSync,
  chownSync,
  closeSync,
  lstatSync,
  openSync,
  readdirSync,
  rmSync,
} from 'node:fs';
import { readSparse } from '../../attach/read-sparse.js';
import { readXattrs } from '../../attach/xattrs.js';
import type { DirectoryTree, TreeNode } from '../../model/directory-tree.js';
import type { BytePath } from '../../syscalls/byte-path.js';
import type { Owner } from '../../trace/attributes.js';
import { pathBelow, shownMode, writeCrashDirectory, writeMissing } from './crash-directory.js';

/** What was there when a state had been written. */
interface Mark {
  inode: bigint;
  /** Nanoseconds since 1970; of a directory it changes with its entries, and says nothing. */
  changed: bigint;
  mode: bigint;
  uid: bigint;
  gid: bigint;
  /** Whom the state gave it to. */
  owner: Owner | undefined;
}

export class ReusedDirectory {
  /** Of what the last state has here; empty before the first one. */
  #marks = new Map<BytePath, Mark>();

  constructor(readonly path: string) {}

  show(tree: DirectoryTree): void {
    const last = this.#marks;
    // Should this fail, nothing is known of what is there.
    this.#marks = new Map();
    const kept = new Set<BytePath>();
    if (last.size === 0) writeCrashDirectory(tree, this.path);
    else {
      for (const [name, node] of tree) if (this.#stays(name, node, last.get(name), kept)) kept.add(name);
      this.#clear('', kept);
      writeMissing(tree, this.path, kept);
    }
    this.#marks = this.#marksOf(tree, last, kept);
  }

  remove(): void {
    this.#marks.clear();
    rmSync(this.path, { recursive: true, force: true });
  }

  #stays(name: BytePath, node: TreeNode, mark: Mark | undefined, kept: ReadonlySet<BytePath>): boolean {
    if (!mark || (name !== '' && !kept.has(above(name)))) return false;
    const path = pathBelow(this.path, name);
    const stat = lstatSync(path, { bigint: true, throwIfNoEntry: false });
    if (stat?.ino !== mark.inode || shownMode(node) !== Number(mark.mode & 0o7777n)) return false;
    if (node.owner?.uid !== mark.owner?.uid || node.owner?.gid !== mark.owner?.gid) return false;
    if (node.kind === 'directory') return stat.isDirectory() && isPutRight(path, stat, mark);
    return (
      node.kind === 'file' &&
      stat.isFile() &&
      stat.nlink === 1n &&
      stat.ctimeNs === mark.changed &&
      stat.mode === mark.mode &&
      isContent(path, Number(stat.size), node)
    );
  }

  /** Takes away what is below a directory that stays, and does not stay itself. */
  #clear(name: BytePath, kept: ReadonlySet<BytePath>): void {
    const path = pathBelow(this.path, name);
    if (!kept.has(name)) rmSync(path, { recursive: true, force: true });
    else if (lstatSync(path).isDirectory())
      for (const entry of readdirSync(path, { encoding: 'buffer' }))
        this.#clear(below(name, entry.toString('latin1')), kept);
  }

  #marksOf(
    tree: DirectoryTree,
    last: ReadonlyMap<BytePath, Mark>,
    kept: ReadonlySet<BytePath>,
  ): Map<BytePath, Mark> {
    const marks = new Map<BytePath, Mark>();
    for (const [name, { owner }] of tree) {
      const known = kept.has(name) ? last.get(name) : undefined;
      marks.set(name, known ?? markOf(lstatSync(pathBelow(this.path, name), { bigint: true }), owner));
    }
    return marks;
  }
}

function markOf({ ino, ctimeNs, mode, uid, gid }: BigIntStats, owner: Owner | undefined): Mark {
  return { inode: ino, changed: ctimeNs, mode, uid, gid, owner };
}

/** Gives a directory back its owner and mode; false for one whose access control list new files would inherit. */
function isPutRight(path: Buffer, { uid, gid, mode }: BigIntStats, mark: Mark): boolean {
  if (Object.keys(readXattrs(path)).length > 0) return false;
  if (uid !== mark.uid || gid !== mark.gid) chownSync(path, Number(mark.uid), Number(mark.gid));
  if (mode !== mark.mode) chmodSync(path, Number(mark.mode & 0o7777n));
  return true;
}

function isContent(path: Buffer, size: number, { content }: TreeNode): boolean {
  if (size !== (content?.size ?? 0)) return false;
  if (content === null) return true;
  const fd = openSync(path, 'r');
  try {
    return content.fileBytes().equals(readSparse(fd, size));
  } finally {
    closeSync(fd);
  }
}

function above(name: BytePath): BytePath {
  return name.slice(0, Math.max(0, name.lastIndexOf('/')));
}

function below(name: BytePath, entry: BytePath): BytePath {
  return name === '' ? entry : `${name}/${entry}`;
}
