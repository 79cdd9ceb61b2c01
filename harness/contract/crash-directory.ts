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
import type { DirectoryTree, TreeNode } from '../model/directory-tree.js';
import { pathBytes } from '../syscalls/byte-path.js';
import { FileBytes } from '../trace/file-bytes.js';

/** Writes a tree into a new directory, for a checker to look at. Special files become empty ones. */
export function writeCrashDirectory(tree: DirectoryTree, directory: string): void {
  rmSync(directory, { recursive: true, force: true });
  const first = new Map<string | number, Buffer>();
  const directories: { path: Buffer; mode: number }[] = [];
  for (const [name, node] of tree) {
    const path =
      name === '' ? Buffer.from(directory) : Buffer.concat([Buffer.from(`${directory}/`), pathBytes(name)]);
    if (node.kind === 'directory') {
      mkdirSync(path);
      directories.push({ path, mode: node.mode });
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
    if (node.kind !== 'symlink' && node.kind !== 'directory') chmodSync(path, node.mode | 0o600);
  }
  for (const { path, mode } of directories) chmodSync(path, mode | 0o700);
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
