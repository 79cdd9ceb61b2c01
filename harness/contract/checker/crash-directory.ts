import {
  chmodSync,
  closeSync,
  ftruncateSync,
  lchownSync,
  linkSync,
  mkdirSync,
  openSync,
  rmSync,
  symlinkSync,
  writeSync,
} from 'node:fs';
import type { DirectoryTree, TreeNode } from '../../model/directory-tree.js';
import { type BytePath, pathBytes } from '../../syscalls/byte-path.js';
import { FileBytes } from '../../trace/file-bytes.js';

/** Writes a tree into a new directory, for a checker to look at. Special files become empty ones. */
export function writeCrashDirectory(tree: DirectoryTree, directory: string): void {
  rmSync(directory, { recursive: true, force: true });
  writeMissing(tree, directory, new Set());
}

/** Writes what a tree has besides the names that are there already. */
export function writeMissing(tree: DirectoryTree, directory: string, there: ReadonlySet<BytePath>): void {
  const first = new Map<string | number, Buffer>();
  const directories: { path: Buffer; node: TreeNode }[] = [];
  for (const [name, node] of tree) {
    if (there.has(name)) continue;
    const path = pathBelow(directory, name);
    if (node.kind === 'directory') {
      mkdirSync(path);
      directories.push({ path, node });
    } else if (node.kind === 'symlink') {
      symlinkSync(pathBytes(node.target!), path);
    } else if (first.has(node.identity)) {
      linkSync(first.get(node.identity)!, path);
    } else {
      first.set(node.identity, path);
      writeContent(path, node.content?.fileBytes() ?? FileBytes.empty);
    }
    giveToOwner(path, node);
    // After the owner: a change of owner takes set-user-ID away.
    if (node.kind !== 'symlink' && node.kind !== 'directory') chmodSync(path, shownMode(node));
  }
  for (const { path, node } of directories) chmodSync(path, shownMode(node));
}

export function pathBelow(directory: string, name: BytePath): Buffer {
  return name === ''
    ? Buffer.from(directory)
    : Buffer.concat([Buffer.from(`${directory}/`), pathBytes(name)]);
}

/** What the checker sees of a mode: its owner may go everywhere. */
export function shownMode({ kind, mode }: TreeNode): number {
  return mode | (kind === 'directory' ? 0o700 : 0o600);
}

/** With holes where it has them. */
function writeContent(path: Buffer, { length, ranges }: FileBytes): void {
  const fd = openSync(path, 'wx');
  try {
    ftruncateSync(fd, length);
    for (const { offset, bytes } of ranges)
      for (let done = 0; done < bytes.length; )
        done += writeSync(fd, bytes, done, bytes.length - done, offset + done);
  } finally {
    closeSync(fd);
  }
}

/** As root: a server insists on files of its own. */
function giveToOwner(path: Buffer, { owner }: TreeNode): void {
  if (owner && (owner.uid !== 0 || owner.gid !== 0) && process.getuid?.() === 0)
    lchownSync(path, owner.uid, owner.gid);
}
