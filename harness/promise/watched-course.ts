/**
 * What a program did as snapshots at its acks and the watcher between them tell it. Where that leaves open what was
 * done in between, it says so, and what might be the program's own doing is accused of nothing.
 */
import type { PathTouches, TreeEntry } from '../trace/events.js';
import type { FileBytes } from '../trace/file-bytes.js';
import type { Snapshot } from '../trace/observations.js';
import type { Trace } from '../trace/trace.js';
import { type Appearance, heldBytes, ownersOf } from './appearance.js';
import type { Manner } from './breach.js';
import type { Changes, Course, Since, Versions, WholeVersion } from './course.js';
import { endOfLinks } from './links.js';
import { type AllowedXattrs, eitherXattrs, exactlyXattrs } from './xattrs.js';

const askMore = 'ack more often, or let the system calls be traced, to tell';
const untold = `what the workload did to it between the two acks is not fully known: ${askMore}`;

export class WatchedCourse implements Course {
  readonly #byInode = new WeakMap<Snapshot['tree'], Map<number, TreeEntry[]>>();
  #names: Set<string> | null = null;
  /** Where the snapshot of so many acks is. */
  #atAcks: ReadonlyMap<number, number> | null = null;

  constructor(private readonly trace: Pick<Trace, 'snapshots' | 'content'>) {}

  seenAt(acks: number): ReadonlyMap<string, TreeEntry> | null {
    return this.trace.snapshots[this.#at(acks)]?.tree ?? null;
  }

  content(entry: TreeEntry): FileBytes {
    return this.trace.content(entry);
  }

  since(acks: number, entry: TreeEntry): Since {
    const at = this.#at(acks);
    const now = this.trace.snapshots[at]!;
    const next = this.trace.snapshots[at + 1] ?? now;
    const later = next.tree.get(entry.path);
    if (later === entry) return 'nothing';
    const touches = touchesOf(next, entry.path);
    if (!later) return this.#sinceRemoved(entry, now, next);
    // Removed and written anew under its name, be it with the old inode's number: what lies in between, nothing
    // or a part of the new content, is the workload's own doing.
    if (touches && touches.removed > 0 && touches.modified > 0) return 'anything';
    if (later.ino !== entry.ino || later.type !== entry.type || (touches && touches.removed > 0))
      return this.#sinceReplaced(entry, later, now, next);
    return this.#sinceChanged(entry, later, touches);
  }

  *absentAt(acks: number): Iterable<string> {
    const seen = this.seenAt(acks);
    if (!seen) return;
    for (const path of this.names()) if (!seen.has(path)) yield path;
  }

  isMadeAgain(acks: number, path: string): boolean | null {
    const at = this.#at(acks);
    const next = this.trace.snapshots[at + 1];
    if (!next) return false;
    if (next.tree.has(path)) return true;
    if (next.touched === null) return null;
    return next.touched[path] === undefined ? false : null;
  }

  names(): ReadonlySet<string> {
    if (!this.#names) {
      this.#names = new Set();
      for (const { tree, touched } of this.trace.snapshots) {
        for (const path of tree.keys()) this.#names.add(path);
        for (const path of Object.keys(touched ?? {})) this.#names.add(path);
      }
    }
    return this.#names;
  }

  versions(path: string): Versions {
    const bySize = new Map<number, WholeVersion[]>();
    const manners = new Set<Manner>();
    const others = new Set<TreeEntry['type']>();
    let absent = false;
    let unseen: string | null = null;
    let before: TreeEntry | null = null;
    for (const [index, snapshot] of this.trace.snapshots.entries()) {
      const entry = snapshot.tree.get(path);
      const file = entry?.type === 'file' ? entry : null;
      if (!entry) absent = true;
      else if (!file) others.add(entry.type);
      if (file && file !== before) {
        const known = bySize.get(file.size) ?? [];
        known.push({ content: () => this.trace.content(file) });
        bySize.set(file.size, known);
        if (before) manners.add(before.ino === file.ino ? 'in place' : 'by name');
      }
      if (index > 0) unseen ??= missedVersions(snapshot, path, { before, file });
      before = file;
    }
    const [manner = null] = manners.size === 1 ? manners : [];
    return { bySize, others, absent, doubt: unseen, manner };
  }

  versionsThroughLinks(path: string, rootPath: string | null): Versions {
    const bySize = new Map<number, WholeVersion[]>();
    const others = new Set<TreeEntry['type']>();
    let absent = false;
    const known = new Set<TreeEntry>();
    for (const { tree } of this.trace.snapshots) {
      const end = endOfLinks(path, (each) => tree.get(each), rootPath);
      const entry = end === null ? undefined : tree.get(end);
      if (!entry) absent = true;
      else if (entry.type !== 'file') others.add(entry.type);
      else if (!known.has(entry)) {
        known.add(entry);
        bySize.set(entry.size, [
          ...(bySize.get(entry.size) ?? []),
          { content: () => this.trace.content(entry) },
        ]);
      }
    }
    const doubt = `what it led to between two acks is not known: ${askMore}`;
    return { bySize, others, absent, doubt, manner: 'by name' };
  }

  #at(acks: number): number {
    if (!this.#atAcks) {
      const at = new Map<number, number>();
      for (const [index, { acks, final }] of this.trace.snapshots.entries()) if (!final) at.set(acks, index);
      this.#atAcks = at;
    }
    return this.#atAcks.get(acks) ?? -1;
  }

  #sinceRemoved(entry: TreeEntry, now: Snapshot, next: Snapshot): Since {
    // One name of several is gone, and what the file is called now may have come of another of them.
    if (entry.type === 'file' && this.#namesOf(now, entry.ino).length > 1) return 'anything';
    const moved = [...next.tree.values()].find(
      ({ ino, type, path }) => ino === entry.ino && type === entry.type && path !== entry.path,
    );
    if (!moved || entry.type !== 'file' || !this.#sameContent(entry, moved)) return 'anything';
    const doubt = hasPassingNames(next, entry.path, moved.path) ? untold : null;
    return {
      removed: true,
      movedTo: [moved.path],
      appearances: [this.#exactly(entry)],
      doubt: { name: doubt, content: doubt ?? untold },
    };
  }

  #sinceReplaced(entry: TreeEntry, later: TreeEntry, now: Snapshot, next: Snapshot): Changes {
    const touches = touchesOf(next, entry.path);
    const versions =
      touches === null ||
      this.#isWrittenElsewhere(entry, now, next) ||
      this.#isWrittenElsewhere(later, now, next)
        ? null
        : touches.versions;
    const many = versions === null ? 'an unknown number of' : `${versions}`;
    return {
      removed: touches === null || touches.removed > 0,
      movedTo: [],
      appearances: [this.#exactly(entry), this.#exactly(later)],
      doubt: {
        name: null,
        content:
          versions !== null && versions <= 1
            ? null
            : `between the two acks ${many} versions took this name, and it may be one of them: ${askMore}`,
      },
    };
  }

  #sinceChanged(entry: TreeEntry, later: TreeEntry, touches: PathTouches | null): Since {
    if (entry.type !== 'file') {
      const appearance = this.#exactly(entry);
      return {
        removed: false,
        movedTo: [],
        appearances: [{ ...appearance, ...attributesOfEither(entry, later) }],
        doubt: { name: touches === null ? untold : null, content: null },
      };
    }
    // inotify is silent about stores through mmap and about writes through another name.
    const untouched = touches !== null && touches.modified === 0 && this.#sameContent(entry, later);
    if (untouched && hasSameAttributes(entry, later)) {
      if (entry.ctime_ns === later.ctime_ns) return 'nothing';
      // Linked or renamed, or given attributes and their old ones again.
      const appearance = { ...this.#exactly(entry), xattrs: eitherXattrs(entry, later) };
      return {
        removed: false,
        movedTo: [],
        appearances: [appearance],
        doubt: { name: null, content: null },
      };
    }
    const held = this.trace.content(entry);
    const rewritten = this.trace.content(later);
    // With the acked bytes still at its beginning it was appended to: a program that cuts it off and writes the same
    // bytes again gives them up for a while, but what was acked is gone then, too.
    const appended = rewritten.length >= held.length && rewritten.firstDifference(held) < 0;
    const certain = appended && touches !== null;
    return {
      removed: false,
      movedTo: [],
      appearances: [
        {
          type: 'file',
          ...attributesOfEither(entry, later),
          bytes: appended
            ? heldBytes(held, [], { from: held.length, to: Number.POSITIVE_INFINITY })
            : heldBytes(held, [...rewritten.pieces()], {
                from: Math.min(held.length, rewritten.length),
                to: Math.max(held.length, rewritten.length),
              }),
        },
      ],
      doubt: { name: touches === null ? untold : null, content: certain ? null : untold },
    };
  }

  #exactly(entry: TreeEntry): Appearance {
    const { type, mode, target } = entry;
    const bytes =
      type === 'file' ? heldBytes(this.trace.content(entry), [], { from: entry.size, to: entry.size }) : null;
    return {
      type,
      modes: new Set([mode]),
      owners: ownersOf(entry),
      xattrs: exactlyXattrs(entry),
      target,
      ...(bytes ? { bytes } : {}),
    };
  }

  #sameContent(a: TreeEntry, b: TreeEntry): boolean {
    return a.size === b.size && this.trace.content(a).equals(this.trace.content(b));
  }

  /** inotify tells of a write under the name it was made through: was this file written to by another of its names? */
  #isWrittenElsewhere({ path, ino, type }: TreeEntry, now: Snapshot, next: Snapshot): boolean {
    if (type !== 'file') return false;
    return [...this.#namesOf(now, ino), ...this.#namesOf(next, ino)].some(
      (other) => other.path !== path && (touchesOf(next, other.path)?.modified ?? 1) > 0,
    );
  }

  /** All names of a file at a snapshot. */
  #namesOf({ tree }: Snapshot, ino: number): readonly TreeEntry[] {
    let byInode = this.#byInode.get(tree);
    if (!byInode) {
      byInode = new Map();
      for (const entry of tree.values()) {
        const names = byInode.get(entry.ino);
        if (names) names.push(entry);
        else byInode.set(entry.ino, [entry]);
      }
      this.#byInode.set(tree, byInode);
    }
    return byInode.get(ino) ?? [];
  }
}

function attributesOfEither(
  before: TreeEntry,
  after: TreeEntry,
): { modes: ReadonlySet<number>; owners: ReadonlySet<string> | null; xattrs: AllowedXattrs | null } {
  return {
    modes: new Set([before.mode, after.mode]),
    owners: ownersOf(before, after),
    xattrs: eitherXattrs(before, after),
  };
}

function hasSameAttributes(a: TreeEntry, b: TreeEntry): boolean {
  const names = Object.keys({ ...a.xattrs, ...b.xattrs });
  return (
    a.mode === b.mode &&
    a.uid === b.uid &&
    a.gid === b.gid &&
    names.every((name) => a.xattrs?.[name] === b.xattrs?.[name])
  );
}

/** Why not every version that a name showed before a snapshot is known; null when each is. */
function missedVersions(
  { touched }: Snapshot,
  path: string,
  { before, file }: { before: TreeEntry | null; file: TreeEntry | null },
): string | null {
  if (touched === null) return `the watcher may have missed versions of it: ${askMore}`;
  const { versions: taken, modified, removed } = touched[path] ?? { versions: 0, modified: 0, removed: 0 };
  // The very same file, change time included, that was neither written to nor taken away: it was only closed.
  if (file !== null && file === before && modified === 0 && removed === 0) return null;
  if (taken <= (file !== null && file !== before ? 1 : 0)) return null;
  return `between two acks ${taken} versions took this name, and it may be one of them: ${askMore}`;
}

/** Did a name come and go between the two snapshots, which the file may have borne for a while? */
function hasPassingNames({ touched }: Snapshot, from: string, to: string): boolean {
  if (touched === null) return true;
  return Object.entries(touched).some(
    ([path, { versions, removed }]) => path !== from && path !== to && versions > 0 && removed > 0,
  );
}

function touchesOf(next: Snapshot, path: string): PathTouches | null {
  if (next.touched === null) return null;
  return next.touched[path] ?? { modified: 0, versions: 0, removed: 0 };
}
