import { Content } from '../model/content.js';
import type { DirectoryTree, TreeNode } from '../model/directory-tree.js';
import { toBytePath } from '../syscalls/byte-path.js';
import type { TreeEntry } from '../trace/events.js';
import type { Observations, Snapshot } from '../trace/observations.js';

type Contents = Pick<Observations, 'content'>;

/** A snapshot of the workload's directory as the contract engine compares it: with the directory itself, bytes held. */
export function snapshotTree(trace: Contents, { tree }: Snapshot): DirectoryTree {
  const entries = [...tree.values()].map((entry) => [toBytePath(entry.path), entry] as const);
  const root: TreeNode = { kind: 'directory', identity: 'root', mode: 0o755, content: null, target: null };
  const result: DirectoryTree = new Map([['', root]]);
  // A path sorts behind its parent's.
  for (const [path, entry] of entries.sort(([a], [b]) => (a < b ? -1 : 1))) {
    result.set(path, {
      kind: entry.type === 'other' ? 'special' : entry.type,
      identity: entry.ino,
      mode: entry.mode,
      ...attributesOf(entry),
      content: contentOf(trace, entry),
      target: entry.target === undefined ? null : toBytePath(entry.target),
    });
  }
  return result;
}

/** A snapshot that shows the owner would show extended attributes, too. */
function attributesOf({ uid, gid, xattrs }: TreeEntry): Pick<TreeNode, 'owner' | 'xattrs'> {
  return uid === undefined || gid === undefined ? {} : { owner: { uid, gid }, xattrs: xattrs ?? {} };
}

function contentOf(trace: Contents, entry: TreeEntry): Content | null {
  return entry.type === 'file' ? Content.of(trace.content(entry)) : null;
}
