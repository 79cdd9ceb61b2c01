/** Holds one path of a recovered tree against what it may show, reading no more of it than that takes. */
import { errorCode } from '../attach/libc.js';
import type { TreeEntry } from '../trace/events.js';
import type { FileBytes } from '../trace/file-bytes.js';
import { type Appearance, ownersOf, strangeAttribute } from './appearance.js';
import type { Failure } from './breach.js';
import type { Law } from './law.js';
import type { RecoveredEntry, RecoveredTree } from './recovered-tree.js';
import { exactlyXattrs, strangeXattr } from './xattrs.js';

/** How a path is not what it may be; null: it is. */
export type Difference = { failure: Failure; detail: string } | null;

/** Against something exactly as it was seen. */
export function differenceFromSeen(
  tree: RecoveredTree,
  entry: TreeEntry,
  content: () => FileBytes,
  law: Law,
): Difference {
  const owed = law.owed[entry.type];
  return lookedAt(entry.path, entry.type, () => {
    const exact: Appearance = {
      type: entry.type,
      modes: new Set([entry.mode]),
      owners: ownersOf(entry),
      xattrs: exactlyXattrs(entry),
      target: entry.target,
    };
    if (entry.type !== 'file' || !owed.has('content')) {
      const found = tree.look(entry.path);
      return (
        differenceOfKind(entry.path, entry.type, found) ?? attributeOf(tree, entry.path, found, exact, law)
      );
    }
    const expected = content();
    const found = tree.lookInto(entry.path, { lengthBytes: expected.length, whole: true });
    const kind = differenceOfKind(entry.path, 'file', found);
    if (kind) return kind;
    if (found.content === null) return differenceOfSize(entry.path, found.size, expected.length);
    const at = expected.firstDifference(found.content);
    if (at >= 0) {
      return differenceOfBytes(entry.path, found.content, at, expected.length);
    }
    return attributeOf(tree, entry.path, found, exact, law);
  });
}

/** Against what a file may show that was changed. */
export function differenceFromAppearance(
  tree: RecoveredTree,
  path: string,
  appearance: Appearance,
  law: Law,
): Difference {
  return lookedAt(path, appearance.type, () => {
    const { bytes } = appearance;
    const owed = law.owed[appearance.type];
    const found = tree.look(path);
    const kind = differenceOfKind(path, appearance.type, found);
    if (kind) return kind;
    if (bytes && owed.has('content')) {
      const { sizes, owedBytes } = bytes;
      if (found.size < sizes.from || found.size > sizes.to)
        return differenceOfSize(path, found.size, found.size < sizes.from ? sizes.from : sizes.to);
      const lengthBytes = Math.min(found.size, owedBytes);
      const { content } = tree.lookInto(path, { lengthBytes, whole: false });
      const at = content ? bytes.firstStrange(content) : -1;
      if (at >= 0) return differenceOfBytes(path, content!, at, owedBytes);
    }
    return attributeOf(tree, path, found, appearance, law);
  });
}

/** Whether nothing is there under a path. */
export function isAbsent(tree: RecoveredTree, path: string): boolean {
  try {
    tree.look(path);
    return false;
  } catch (error) {
    if (isAbsence(errorCode(error))) return true;
    if (errorCode(error) === null) throw error;
    return false;
  }
}

/** What an error says that was met in looking at a path. */
export function lookedAt(path: string, type: TreeEntry['type'], look: () => Difference): Difference {
  try {
    return look();
  } catch (error) {
    const code = errorCode(error);
    if (isAbsence(code)) return { failure: 'missing', detail: `${path} is missing` };
    if (code === 'ELOOP')
      return { failure: 'wrong type', detail: `${path} is a symbolic link, was a ${type}` };
    if (code === null) throw error;
    return { failure: 'unreadable', detail: `${path} cannot be read: ${code}` };
  }
}

export function differenceOfSize(path: string, found: number, expected: number): Difference {
  const failure = found === 0 ? 'empty' : found < expected ? 'short' : 'different';
  return { failure, detail: `${path} has ${found} bytes instead of ${expected}` };
}

export function differenceOfBytes(
  path: string,
  found: FileBytes,
  at: number,
  expectedLength: number,
): Difference {
  return found.isZeroFrom(at)
    ? { failure: 'zeros', detail: `${path} reads as zeros from byte ${at} of ${expectedLength}` }
    : { failure: 'different', detail: `${path} differs from byte ${at} of ${expectedLength}` };
}

function differenceOfKind(path: string, type: TreeEntry['type'], found: RecoveredEntry): Difference {
  if (found.type === type) return null;
  return { failure: 'wrong type', detail: `${path} is a ${found.type}, was a ${type}` };
}

function attributeOf(
  tree: RecoveredTree,
  path: string,
  found: RecoveredEntry,
  appearance: Appearance,
  law: Law,
): Difference {
  const { type, xattrs } = appearance;
  const strange =
    strangeAttribute(found, appearance, law) ??
    (xattrs && law.owed[type].has('xattrs') ? strangeXattr(tree.xattrs(path), xattrs) : null);
  if (strange === null) return null;
  return { failure: type === 'symlink' ? 'different' : 'attributes', detail: `${path} ${strange}` };
}

function isAbsence(code: string | null): boolean {
  return code === 'ENOENT' || code === 'ENOTDIR';
}
