/** The files that a crash changed: before the run, as promised at the last ack, and as recovery left them. */
import { closeSync, lstatSync, openSync, readdirSync, readlinkSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { TreeEntry } from '../trace/events.js';
import type { Trace } from '../trace/trace.js';
import type { FileState, SceneFile } from '../verdict/scene.js';

/** A look at a tree, content and all. */
interface Look {
  type: FileState['type'];
  target?: string;
  content: Buffer;
  size: number;
}

type Tree = Map<string, Look>;

const mostFiles = 8;
/** Bytes of content kept of each state of a file, and how far before the first difference they begin. */
const keptBytes = 2048;
const leadBytes = 256;
/** What is read of a recovered tree. */
const mostEntries = 2000;
const largestFile = 4 * 2 ** 20;

export function sceneFiles(options: {
  trace: Trace;
  /** Acks given before the crash. */
  acks: number;
  /** Where the recovered file system is mounted. */
  recovered: string;
  /** The files that the finding is about: always shown. */
  paths: readonly string[];
}): { files: SceneFile[]; note: string | null } {
  const { trace, acks, recovered, paths } = options;
  const before = treeAt(trace, 0);
  const promised = treeAt(trace, acks);
  const { tree: after, whole } = recoveredTree(recovered);
  const all = [...new Set([...before.keys(), ...promised.keys(), ...after.keys()])].sort();
  const changed = all.filter((path) => !isSame(promised.get(path), after.get(path)));
  const shown = [...new Set([...paths.filter((path) => all.includes(path)), ...changed])];
  const files = shown.slice(0, mostFiles).map((path) => {
    const states = [before.get(path), promised.get(path), after.get(path)] as const;
    const from = Math.max(0, firstDifference(states[1], states[2]) - leadBytes) & ~15;
    const [one, two, three] = states.map((state) => (state ? kept(state, from) : null));
    return { path, before: one!, promised: two!, after: three! };
  });
  const notes = [
    ...(shown.length > files.length ? [`${shown.length - files.length} more files differ`] : []),
    ...(whole ? [] : [`the recovered tree has more than ${mostEntries} entries`]),
  ];
  return { files, note: notes.length > 0 ? notes.join('; ') : null };
}

function treeAt(trace: Trace, acks: number): Tree {
  const snapshot =
    trace.snapshots.filter((one) => !one.final && one.acks <= acks).at(-1) ?? trace.snapshots[0];
  return new Map([...(snapshot?.tree ?? [])].map(([path, entry]) => [path, entryLook(trace, entry)]));
}

function entryLook(trace: Trace, entry: TreeEntry): Look {
  const content = entry.type === 'file' && entry.content ? trace.content(entry) : Buffer.alloc(0);
  return {
    type: entry.type,
    content,
    size: entry.type === 'file' ? entry.size : 0,
    ...(entry.target === undefined ? {} : { target: entry.target }),
  };
}

function recoveredTree(root: string): { tree: Tree; whole: boolean } {
  const tree: Tree = new Map();
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
    if (stats.isDirectory()) return { type: 'directory', content: Buffer.alloc(0), size: 0 };
    if (stats.isSymbolicLink()) {
      return { type: 'symlink', target: readlinkSync(path), content: Buffer.alloc(0), size: 0 };
    }
    if (!stats.isFile()) return { type: 'other', content: Buffer.alloc(0), size: 0 };
    const content = Buffer.alloc(Math.min(stats.size, largestFile));
    const fd = openSync(path, 'r');
    try {
      return {
        type: 'file',
        size: stats.size,
        content: content.subarray(0, readSync(fd, content, 0, content.length, 0)),
      };
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? String(error);
    return { type: 'unreadable', target: why, content: Buffer.alloc(0), size: 0 };
  }
}

function isSame(a: Look | undefined, b: Look | undefined): boolean {
  if (!a || !b) return a === b;
  return a.type === b.type && a.target === b.target && a.size === b.size && a.content.equals(b.content);
}

function firstDifference(a: Look | undefined, b: Look | undefined): number {
  if (!a || !b) return 0;
  const length = Math.min(a.content.length, b.content.length);
  for (let i = 0; i < length; i++) if (a.content[i] !== b.content[i]) return i;
  return a.content.length === b.content.length ? 0 : length;
}

function kept({ type, target, content, size }: Look, from: number): FileState {
  return {
    type,
    size,
    ...(target === undefined ? {} : { target }),
    from,
    data: content.subarray(from, from + keptBytes).toString('base64'),
  };
}
