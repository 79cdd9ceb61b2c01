/** The files that a crash changed, of three looks at a directory: before the run, as promised, and afterwards. */
import type { DirectoryTree } from '../model/directory-tree.js';
import { displayPath } from '../syscalls/byte-path.js';
import { FileBytes } from '../trace/file-bytes.js';
import type { FileState, Scene, SceneFile } from '../verdict/scene.js';

/** A file, content and all. */
export interface Look {
  type: FileState['type'];
  target?: string;
  /** Its first bytes, at most `largestFileBytes` of them. */
  content: FileBytes;
  size: number;
}

/** A directory's files by their paths. */
export type Looks = ReadonlyMap<string, Look>;

const mostFiles = 8;
/** Bytes of content kept of each state of a file, and how far before the first difference they begin. */
const keptBytes = 2048;
const leadBytes = 256;
/** Of a larger file only this much is looked at. */
export const largestFileBytes = 4 * 2 ** 20;

export function changedFiles(of: {
  before: Looks;
  promised: Looks;
  after: Looks;
  /** The files that the finding is about: always shown. */
  paths: readonly string[];
}): { files: SceneFile[]; note: string | null } {
  const { before, promised, after, paths } = of;
  const all = [...new Set([...before.keys(), ...promised.keys(), ...after.keys()])].sort();
  const changed = all.filter((path) => !isSame(promised.get(path), after.get(path)));
  const shown = [...new Set([...paths.filter((path) => all.includes(path)), ...changed])];
  const files = shown.slice(0, mostFiles).map((path) => {
    const states = [before.get(path), promised.get(path), after.get(path)] as const;
    const from = Math.max(0, firstDifference(states[1], states[2]) - leadBytes) & ~15;
    const [one, two, three] = states.map((state) => (state ? kept(state, from) : null));
    return { path, before: one!, promised: two!, after: three! };
  });
  return {
    files,
    note: shown.length > files.length ? `${shown.length - files.length} more files differ` : null,
  };
}

/** The same as a scene has it, with what else there is to say. */
export function filesOfScene(
  { files, note }: ReturnType<typeof changedFiles>,
  more: string | null = null,
): Pick<Scene, 'files' | 'files_note'> {
  const notes = [note, more].filter((one) => one !== null);
  return { files, ...(notes.length > 0 ? { files_note: notes.join('; ') } : {}) };
}

/** A tree as the persistence models know it. */
export function looksOf(tree: DirectoryTree): Looks {
  const looks = new Map<string, Look>();
  for (const [path, { kind, content, target }] of tree) {
    if (path === '') continue;
    looks.set(displayPath(path), {
      type: kind === 'special' ? 'other' : kind,
      size: content?.size ?? 0,
      content: content ? content.fileBytes().first(largestFileBytes) : FileBytes.empty,
      ...(target === null ? {} : { target: displayPath(target) }),
    });
  }
  return looks;
}

function isSame(a: Look | undefined, b: Look | undefined): boolean {
  if (!a || !b) return a === b;
  return a.type === b.type && a.target === b.target && a.size === b.size && a.content.equals(b.content);
}

function firstDifference(a: Look | undefined, b: Look | undefined): number {
  if (!a || !b) return 0;
  const at = a.content.firstDifference(b.content);
  if (at >= 0) return at;
  return a.content.length === b.content.length ? 0 : Math.min(a.content.length, b.content.length);
}

function kept({ type, target, content, size }: Look, from: number): FileState {
  return {
    type,
    size,
    ...(target === undefined ? {} : { target }),
    from,
    data: content.read(from, from + keptBytes).toString('base64'),
  };
}
