import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import type { DirectoryTree } from '../model/directory-tree.js';
import { pathBytes } from '../syscalls/byte-path.js';

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
      const size = node.content?.size ?? 0;
      writeFileSync(path, node.content && size <= 1 << 26 ? node.content.bytes() : Buffer.alloc(0));
      if (lstatSync(path).size !== size) truncateSync(path, size);
      chmodSync(path, node.mode | 0o600);
    }
  }
  for (const { path, mode } of directories) chmodSync(path, mode | 0o700);
}
