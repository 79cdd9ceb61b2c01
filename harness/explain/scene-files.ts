/** The files that a crash changed: before the run, as promised at the last ack, and as recovery left them. */
import { closeSync, lstatSync, openSync, readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { readSparse } from '../attach/read-sparse.js';
import type { TreeEntry } from '../trace/events.js';
import { FileBytes } from '../trace/file-bytes.js';
import type { Trace } from '../trace/trace.js';
import type { Scene } from '../verdict/scene.js';
import { changedFiles, filesOfScene, type Look, type Looks, largestFileBytes } from './changed-files.js';

/** What is read of a recovered tree. */
const mostEntries = 2000;

interface About {
  trace: Trace;
  /** Acks given before the crash. */
  acks: number;
  /** The files that the finding is about: always shown. */
  paths: readonly string[];
}

/** @param recovered where the recovered file system is mounted */
export function filesOnDisk(about: About, recovered: string): Pick<Scene, 'files' | 'files_note'> {
  const { tree, whole } = recoveredTree(recovered);
  return filesRecovered(
    about,
    tree,
    whole ? null : `the recovered tree has more than ${mostEntries} entries`,
  );
}

/** @param after what recovery left, as somebody else saw it; `more`: what is to be said of that */
export function filesRecovered(
  { trace, acks, paths }: About,
  after: Looks,
  more: string | null = null,
): Pick<Scene, 'files' | 'files_note'> {
  const before = treeAt(trace, 0);
  const promised = treeAt(trace, acks);
  return filesOfScene(changedFiles({ before, promised, after, paths }), more);
}

function treeAt(trace: Trace, acks: number): Looks {
  const snapshot =
    trace.snapshots.filter((one) => !one.final && one.acks <= acks).at(-1) ?? trace.snapshots[0];
  return new Map([...(snapshot?.tree ?? [])].map(([path, entry]) => [path, entryLook(trace, entry)]));
}

function entryLook(trace: Trace, entry: TreeEntry): Look {
  const content =
    entry.type === 'file' && entry.content ? trace.content(entry).first(largestFileBytes) : FileBytes.empty;
  return {
    type: entry.type,
    content,
    size: entry.type === 'file' ? entry.size : 0,
    ...(entry.target === undefined ? {} : { target: entry.target }),
  };
}

function recoveredTree(root: string): { tree: Looks; whole: boolean } {
  const tree = new Map<string, Look>();
  const folders = [''];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const name of readdirSync(join(root, folder)).sort()) {
      if (folder === '' && name === 'lost+found') continue;
      if (tree.size >= mostEntries) return { tree, whole: false };
      const path = folder ? `${folder}/${name}` : name;
      const look = lookAt(join(root, path));
      tree.set(path, look);
      if (look.type === 'directory') folders.push(path);
    }
  }
  return { tree, whole: true };
}

function lookAt(path: string): Look {
  try {
    const stats = lstatSync(path);
    if (stats.isDirectory()) return { type: 'directory', content: FileBytes.empty, size: 0 };
    if (stats.isSymbolicLink()) {
      return { type: 'symlink', target: readlinkSync(path), content: FileBytes.empty, size: 0 };
    }
    if (!stats.isFile()) return { type: 'other', content: FileBytes.empty, size: 0 };
    const fd = openSync(path, 'r');
    try {
      return {
        type: 'file',
        size: stats.size,
        content: readSparse(fd, Math.min(stats.size, largestFileBytes)),
      };
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? String(error);
    return { type: 'unreadable', target: why, content: FileBytes.empty, size: 0 };
  }
}
