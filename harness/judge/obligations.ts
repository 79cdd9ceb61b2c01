import picomatch from 'picomatch';
import type { Promise_ } from '../scenario/schema.js';
import type { PathTouches, TreeEntry } from '../trace/events.js';
import type { Snapshot } from '../trace/observations.js';
import type { Trace } from '../trace/trace.js';
import type { Obligation } from './obligation.js';

/**
 * What is owed after a crash at which `acks` acks had been given: from the snapshot at that ack, compared with
 * the next one (or the end) to know what the workload itself has been changing since.
 */
export function obligationsAfter(
  trace: Pick<Trace, 'snapshots' | 'content'>,
  acks: number,
  promise: Promise_,
): Obligation[] {
  const at = trace.snapshots.findLastIndex((snapshot) => snapshot.acks === acks && !snapshot.final);
  if (at < 0) return [];
  const now = trace.snapshots[at]!;
  const next = trace.snapshots[at + 1] ?? now;
  const obligations: Obligation[] = [];
  for (const entry of now.tree.values()) {
    if (!promise.snapshot && !promise.files.some((pattern) => matches(entry.path, pattern))) continue;
    // Declared atomic is the stronger promise about the same file.
    if (promise.atomic.includes(entry.path)) continue;
    const obligation = obligationFor(trace, entry, now, next);
    if (obligation) obligations.push(obligation);
  }
  for (const path of promise.atomic) obligations.push(atomicObligation(path, now, next));
  return obligations;
}

function matches(path: string, pattern: string): boolean {
  return path === pattern || picomatch.isMatch(path, pattern, { dot: true });
}

function obligationFor(
  trace: Pick<Trace, 'content'>,
  entry: TreeEntry,
  now: Snapshot,
  next: Snapshot,
): Obligation | null {
  const later = next.tree.get(entry.path);
  const touches = touchesOf(next, entry.path);
  if (later === entry) return { rule: 'unchanged', entry };
  if (!later) {
    // One name of several is gone, and what the file is called now may have come of another of them.
    if (entry.type === 'file' && namesOf(now, entry.ino).length > 1) return null;
    const moved = [...next.tree.values()].find(
      ({ ino, type, path }) => ino === entry.ino && type === entry.type && path !== entry.path,
    );
    if (moved && entry.type === 'file' && sameContent(trace, entry, moved)) {
      return {
        rule: 'moved',
        entry,
        to: moved.path,
        certain: !hasPassingNames(next, entry.path, moved.path),
      };
    }
    return null;
  }
  // Removed and written anew under its name, be it with the old inode's number: what lies in between, nothing
  // or a part of the new content, is the workload's own doing.
  if (touches && touches.removed > 0 && touches.modified > 0) return null;
  if (later.ino !== entry.ino || later.type !== entry.type || (touches && touches.removed > 0)) {
    return {
      rule: 'replaced',
      old: entry,
      new: later,
      versions:
        touches === null || isWrittenElsewhere(entry, now, next) || isWrittenElsewhere(later, now, next)
          ? null
          : touches.versions,
      removed: touches === null || touches.removed > 0,
    };
  }
  if (entry.type === 'file') {
    // inotify is silent about stores through mmap and about writes through another name.
    const untouched = touches !== null && touches.modified === 0 && sameContent(trace, entry, later);
    if (untouched && entry.mode === later.mode) return { rule: 'unchanged', entry };
    const certain = touches !== null;
    return startsWith(trace, later, entry)
      ? { rule: 'extended', entry, certain }
      : { rule: 'exists', entry, certain };
  }
  if (entry.type === 'symlink') return { rule: 'unchanged', entry };
  return { rule: 'exists', entry, certain: touches !== null };
}

const namesByInode = new WeakMap<Snapshot['tree'], Map<number, TreeEntry[]>>();

/** All names of a file at a snapshot. */
function namesOf({ tree }: Snapshot, ino: number): readonly TreeEntry[] {
  let byInode = namesByInode.get(tree);
  if (!byInode) {
    byInode = new Map();
    for (const entry of tree.values()) {
      const names = byInode.get(entry.ino);
      if (names) names.push(entry);
      else byInode.set(entry.ino, [entry]);
    }
    namesByInode.set(tree, byInode);
  }
  return byInode.get(ino) ?? [];
}

/** inotify tells of a write under the name it was made through: was this file written to by another of its names? */
function isWrittenElsewhere({ path, ino, type }: TreeEntry, now: Snapshot, next: Snapshot): boolean {
  if (type !== 'file') return false;
  return [...namesOf(now, ino), ...namesOf(next, ino)].some(
    (other) => other.path !== path && (touchesOf(next, other.path)?.modified ?? 1) > 0,
  );
}

/** Did a name come and go between the two snapshots, which the file may have borne for a while? */
function hasPassingNames({ touched }: Snapshot, from: string, to: string): boolean {
  if (touched === null) return true;
  return Object.entries(touched).some(
    ([path, { versions, removed }]) => path !== from && path !== to && versions > 0 && removed > 0,
  );
}

function atomicObligation(path: string, now: Snapshot, next: Snapshot): Obligation {
  return {
    rule: 'atomic',
    path,
    old: now.tree.get(path) ?? null,
    new: next.tree.get(path) ?? null,
    versions: touchesOf(next, path)?.versions ?? null,
  };
}

function touchesOf(next: Snapshot, path: string): PathTouches | null {
  if (next.touched === null) return null;
  return next.touched[path] ?? { modified: 0, versions: 0, removed: 0 };
}

function sameContent(trace: Pick<Trace, 'content'>, a: TreeEntry, b: TreeEntry): boolean {
  return a.size === b.size && trace.content(a).equals(trace.content(b));
}

function startsWith(trace: Pick<Trace, 'content'>, longer: TreeEntry, shorter: TreeEntry): boolean {
  if (longer.size < shorter.size) return false;
  return trace.content(longer).subarray(0, shorter.size).equals(trace.content(shorter));
}
