/**
 * What a program did as its replayed system calls tell it: every name, every byte and every moment, also where the
 * watcher between the snapshots missed some. The calls are replayed when the first question is asked that snapshots
 * leave open. What the calls do not show of a file (stores through a mapping, say) stays a doubt about that file.
 */
import { Content } from '../model/content.js';
import type { Effect, EntryEffect } from '../model/effect.js';
import type { History } from '../model/history.js';
import { doubtAboutBytes, type Inode } from '../model/inode.js';
import { NameChanges } from '../model/name-changes.js';
import { type BytePath, displayPath, toBytePath } from '../syscalls/byte-path.js';
import { accessList } from '../trace/attributes.js';
import type { TreeEntry } from '../trace/events.js';
import type { FileBytes } from '../trace/file-bytes.js';
import { type Appearance, heldBytes, ownersOf, ownerText } from './appearance.js';
import { applyTo } from './apply-effect.js';
import { type AtomicName, namesWhere } from './atomic-names.js';
import type { Manner } from './breach.js';
import type { Changes, Course, Since, Versions, WholeVersion } from './course.js';
import { everyName } from './every-name.js';
import { linkedName } from './linked-name.js';
import { thingOf } from './links.js';
import { directoriesMove } from './moving-directories.js';
import type { WatchedCourse } from './watched-course.js';
import { type ReadName, wholeVersions } from './whole-versions.js';
import { type AllowedXattrs, changedXattrs, exactlyXattrs, type XattrChange } from './xattrs.js';

/** Other names of a file that are followed; with more, nobody says where it has to be. */
const mostNames = 32;

export class TracedCourse implements Course {
  #calls: CallIndex | null | undefined;

  constructor(
    private readonly watched: WatchedCourse,
    /** null: the calls could not be followed, or show other acks. */
    private readonly replayed: () => History | null,
    /** Position in the log of the power cut, where it is known: calls entered from here on were never made. */
    private readonly until = Number.POSITIVE_INFINITY,
  ) {}

  seenAt(acks: number): ReadonlyMap<string, TreeEntry> | null {
    return this.watched.seenAt(acks);
  }

  content(entry: TreeEntry): FileBytes {
    return this.watched.content(entry);
  }

  since(acks: number, entry: TreeEntry): Since {
    const watched = this.watched.since(acks, entry);
    // A snapshot that shows the very same file, change time included, needs no witness, if nobody worked beside the ack:
    // then what it shows may be of after it.
    if (watched === 'nothing' && !this.#index()?.isBesideAck(acks)) return watched;
    return this.#index()?.since(acks, entry) ?? watched;
  }

  absentAt(acks: number): Iterable<string> {
    const seen = this.seenAt(acks);
    const names = this.#index()?.names();
    if (!seen || !names) return this.watched.absentAt(acks);
    return [...names].filter((path) => !seen.has(path));
  }

  isMadeAgain(acks: number, path: string): boolean | null {
    return this.#index()?.isMadeAgain(acks, path) ?? this.watched.isMadeAgain(acks, path);
  }

  names(): Iterable<string> {
    return this.#index()?.names() ?? this.watched.names();
  }

  versions(path: string): Versions {
    return this.#index()?.versions(path) ?? this.watched.versions(path);
  }

  versionsThroughLinks(path: string, rootPath: string | null): Versions {
    return (
      this.#index()?.versionsThroughLinks(path, rootPath) ?? this.watched.versionsThroughLinks(path, rootPath)
    );
  }

  #index(): CallIndex | null {
    if (this.#calls === undefined) {
      const history = this.replayed();
      this.#calls = history?.doubts.every(({ path }) => path !== null)
        ? new CallIndex(history, this.until)
        : null;
    }
    return this.#calls;
  }
}

/** Effects that a crash after one ack and before the next may show beside what was there at the first. */
interface Interval {
  /** Effects that counted from here on were there at the ack. */
  from: number;
  /** Calls entered from here on come after the next ack. */
  to: number;
}

class CallIndex {
  private readonly changes = new NameChanges();
  private readonly ofFile = new Map<Inode, Effect[]>();
  private readonly besideAcks = new Map<number, boolean>();
  private readonly naming = new Map<Inode, EntryEffect[]>();
  private readonly initialNames = new Map<Inode, { directory: Inode; name: BytePath }[]>();
  private readonly enters: (effect: Effect) => number;
  private readonly contents = new Map<Inode, { content: Content; applied: number; until: number }>();
  private readonly doubted: ReadonlyMap<BytePath, string>;
  private allNames: ReadonlySet<string> | null = null;

  constructor(
    private readonly history: History,
    private readonly until: number,
  ) {
    this.enters = ({ step }) => history.steps[step]!.enter;
    this.doubted = new Map(history.doubts.map(({ path, reason }) => [path!, reason]));
    for (const directory of history.inodes)
      for (const [name, inode] of directory.initialEntries)
        append(this.initialNames, inode, { directory, name });
    for (const effect of history.effects) {
      if (effect.kind !== 'entry') {
        append(this.ofFile, effect.inode, effect);
        continue;
      }
      this.changes.add(effect);
      for (const inode of new Set([effect.from, effect.to])) if (inode) append(this.naming, inode, effect);
    }
  }

  since(acks: number, entry: TreeEntry): Since | null {
    const interval = this.#interval(acks);
    const reached = this.#reach(toBytePath(entry.path), interval);
    // It came while the ack was on its way.
    if (reached && !reached.own && this.isBesideAck(acks) && reached.arrivals.length > 0) return 'anything';
    // The snapshot shows what the calls do not: then they are no better witness.
    if (!reached?.own) return null;
    const { own, arrivals, removed, movedAbove } = reached;
    const doubts = [own, ...arrivals.map(({ inode }) => inode)].flatMap(
      (inode) => this.#doubtAbout(inode) ?? [],
    );
    const byName = this.doubted.get(toBytePath(entry.path));
    const doubt = byName ?? doubts[0] ?? null;
    const appearances: [Appearance, ...Appearance[]] = [
      this.#appearance(own, interval.from, interval, entry),
    ];
    for (const { inode, since } of arrivals)
      appearances.push(this.#appearance(inode, movedAbove ? interval.from : since, interval, null));
    const changes: Changes = {
      removed,
      movedTo: removed && !doubt ? this.#otherNames(own, entry.path, interval) : [],
      appearances,
      doubt: { name: byName ?? null, content: doubt },
    };
    return changes;
  }

  names(): ReadonlySet<string> {
    this.allNames ??= everyName(this.history);
    return this.allNames;
  }

  isMadeAgain(acks: number, path: string): boolean {
    const interval = this.#interval(acks);
    const reached = this.#reach(toBytePath(path), interval);
    // What the ack found there went while it was on its way.
    return reached !== null && (reached.own !== null || reached.arrivals.length > 0);
  }

  /** Somebody changed something between the ack and the moment at which a recording had stamped it. */
  isBesideAck(acks: number): boolean {
    const known = this.besideAcks.get(acks);
    if (known !== undefined) return known;
    const ack = this.history.acks[acks - 1];
    const isBeside =
      ack !== undefined &&
      this.history.effects.some((effect) => effect.at > ack.at && this.enters(effect) < ack.until);
    this.besideAcks.set(acks, isBeside);
    return isBeside;
  }

  versions(path: string): Versions {
    if (path.includes('/') && directoriesMove(this.history)) return this.versionsThroughLinks(path, null);
    const names = namesWhere(this.history, (each) => each === path);
    const manners = new Set(names.flatMap(mannersOf));
    const [manner = null] = manners.size === 1 ? manners : [];
    return this.#shownBy(names, this.doubted.get(toBytePath(path)) ?? null, manner);
  }

  versionsThroughLinks(path: string, rootPath: string | null): Versions {
    const name = linkedName(this.history, path, rootPath);
    return this.#shownBy([name], name.doubt ?? this.doubted.get(toBytePath(path)) ?? null, 'by name');
  }

  #shownBy(names: readonly ReadName[], byName: string | null, manner: Manner | null): Versions {
    const bySize = new Map<number, WholeVersion[]>();
    const others = new Set<TreeEntry['type']>();
    let absent = false;
    let doubt = byName;
    for (const name of names) {
      const shown = wholeVersions(this.history, name);
      for (const content of shown.contents.values())
        append(bySize, content.size, { content: () => content.fileBytes() });
      for (const kind of shown.others) others.add(thingOf({ kind, target: null }).type);
      absent ||= shown.absent;
      for (const inode of name.inodes) doubt ??= this.#doubtAbout(inode);
    }
    return { bySize, others, absent, doubt, manner };
  }

  #interval(acks: number): Interval {
    const { acks: given } = this.history;
    return {
      from: acks === 0 ? -1 : given[acks - 1]!.at,
      // Until it was stamped, others went on.
      to: Math.min(this.until, given[acks]?.until ?? Number.POSITIVE_INFINITY),
    };
  }

  #isSince(effect: Effect, { from, to }: Interval): boolean {
    return effect.at > from && this.enters(effect) < to;
  }

  /** What a path led to at the ack and what it may have led to since, over every directory it may have led through. */
  #reach(
    path: BytePath,
    interval: Interval,
  ): {
    own: Inode | null;
    arrivals: { inode: Inode; since: number }[];
    removed: boolean;
    movedAbove: boolean;
  } | null {
    const parts = path.split('/');
    const last = parts.pop()!;
    let directories = new Set<Inode>([this.history.root]);
    let own: Inode | null = this.history.root;
    let movedAbove = false;
    for (const part of parts) {
      const next = new Set<Inode>();
      for (const directory of directories) {
        const at = this.#valueAt(directory, part, interval.from);
        if (at) next.add(at);
        for (const effect of this.#entriesSince(directory, part, interval)) {
          movedAbove = true;
          if (effect.to) next.add(effect.to);
        }
      }
      own = own && this.#valueAt(own, part, interval.from);
      directories = next;
    }
    const parent = own;
    own = parent && this.#valueAt(parent, last, interval.from);
    const arrivals: { inode: Inode; since: number }[] = [];
    let removed = movedAbove;
    for (const directory of directories) {
      if (directory !== parent) {
        const there = this.#valueAt(directory, last, interval.from);
        if (there) arrivals.push({ inode: there, since: interval.from });
      }
      for (const effect of this.#entriesSince(directory, last, interval)) {
        if (effect.to) arrivals.push({ inode: effect.to, since: this.enters(effect) });
        else removed = true;
      }
    }
    return { own, arrivals, removed, movedAbove };
  }

  #entriesSince(directory: Inode, name: BytePath, interval: Interval): EntryEffect[] {
    const effects = this.changes.of(directory, name);
    return effects.filter((effect) => this.#isSince(effect, interval));
  }

  #valueAt(directory: Inode, name: BytePath, position: number): Inode | null {
    const effects = this.changes.of(directory, name);
    let value = directory.initialEntries.get(name) ?? null;
    for (const effect of effects) {
      if (effect.at > position) break;
      value = effect.to;
    }
    return value;
  }

  /** @param seen what a snapshot shows of it at the ack, where it was there then */
  #appearance(inode: Inode, position: number, interval: Interval, seen: TreeEntry | null): Appearance {
    const { type, target } = thingOf(inode);
    const modes = this.#modesFrom(inode, position, interval);
    if (modes && seen) modes.add(seen.mode);
    const owners = this.#ownersFrom(inode, position, interval, seen);
    const xattrs = this.#xattrsFrom(inode, position, interval, seen);
    if (type !== 'file') return { type, modes, owners, xattrs, target };
    const held = this.#contentAt(inode, position);
    const sizes = { from: held.size, to: held.size };
    const later: { offset: number; length: number; bytes: Uint8Array | null }[] = [];
    for (const effect of this.ofFile.get(inode) ?? []) {
      if (effect.at <= position || this.enters(effect) >= interval.to) continue;
      if (effect.kind === 'size') {
        sizes.from = Math.min(sizes.from, effect.from, effect.to);
        sizes.to = Math.max(sizes.to, effect.from, effect.to);
        if (effect.to < effect.from)
          later.push({ offset: effect.to, length: Number.POSITIVE_INFINITY, bytes: null });
      } else if (effect.kind === 'data') {
        later.push({ offset: effect.offset, length: effect.length, bytes: effect.bytes });
      }
    }
    return { type, modes, owners, xattrs, bytes: heldBytes(held.fileBytes(), later, sizes) };
  }

  #modesFrom(inode: Inode, position: number, interval: Interval): Set<number> | null {
    if (!inode.modeKnown) return null;
    const modes = new Set<number>();
    let current: number | null = null;
    for (const effect of this.ofFile.get(inode) ?? []) {
      if (effect.kind !== 'attributes' || effect.what !== 'mode') continue;
      if (effect.mode === null) return null;
      if (effect.at <= position) current = effect.mode.to;
      else {
        current ??= effect.mode.from;
        if (this.enters(effect) < interval.to) modes.add(effect.mode.to);
      }
    }
    return modes.add(current ?? inode.mode);
  }

  /** Those that it had from a position on; null: not all of them are known. */
  #ownersFrom(
    inode: Inode,
    position: number,
    interval: Interval,
    seen: TreeEntry | null,
  ): ReadonlySet<string> | null {
    const known = seen ? ownersOf(seen) : null;
    let current = seen ? null : inode.owner;
    const later = new Set<string>();
    for (const effect of (this.ofFile.get(inode) ?? []).toReversed()) {
      if (effect.kind !== 'attributes' || effect.what !== 'owner') continue;
      if (effect.at <= position) break;
      if (!effect.owner) return null;
      current = effect.owner.from;
      if (this.enters(effect) < interval.to) later.add(ownerText(effect.owner.to));
    }
    if (seen) return known && new Set([...known, ...later]);
    return current && later.add(ownerText(current));
  }

  /** Of a file that took its name later only what it was given is owed: which others it had is not known. */
  #xattrsFrom(
    inode: Inode,
    position: number,
    interval: Interval,
    seen: TreeEntry | null,
  ): AllowedXattrs | null {
    const given = new Map<string, ReadonlySet<string | null> | 'any'>();
    const later: XattrChange[] = [];
    for (const effect of this.ofFile.get(inode) ?? []) {
      if (effect.kind !== 'attributes' || this.enters(effect) >= interval.to) continue;
      const { what, xattr } = effect;
      if (effect.at > position) {
        if (xattr) later.push({ name: xattr.name, value: xattr.to });
        else if (what === 'mode') later.push({ name: accessList, value: undefined });
      } else if (xattr) given.set(xattr.name, xattr.to === undefined ? 'any' : new Set([xattr.to]));
    }
    if (seen) return changedXattrs(exactlyXattrs(seen), later);
    if (given.size === 0) return null;
    return changedXattrs({ values: given, others: true }, later);
  }

  /** What a file held before the effects that count from behind a position; positions mostly come in their order. */
  #contentAt(inode: Inode, position: number): Content {
    let known = this.contents.get(inode);
    if (!known || known.until > position) {
      known = { content: inode.initial?.clone() ?? new Content(), applied: 0, until: position };
      this.contents.set(inode, known);
    }
    const effects = this.ofFile.get(inode) ?? [];
    for (; known.applied < effects.length; known.applied++) {
      const effect = effects[known.applied]!;
      if (effect.at > position) break;
      applyTo(known.content, effect);
    }
    known.until = position;
    return known.content;
  }

  #doubtAbout(inode: Inode): string | null {
    const doubt = doubtAboutBytes(inode);
    return doubt === null ? null : `what was stored in it is not fully known: ${doubt}`;
  }

  /**
   * Other names a file has had since the ack, if it had one at every moment and none of them was given to another file
   * later (which may have been the one to survive); else none.
   */
  #otherNames(inode: Inode, own: string, interval: Interval): string[] {
    const places: { directory: Inode; name: BytePath }[] = [];
    let links = 0;
    for (const place of this.initialNames.get(inode) ?? []) {
      links++;
      places.push(place);
    }
    for (const effect of this.naming.get(inode) ?? []) {
      if (this.enters(effect) >= interval.to) break;
      if (effect.to === inode) links++;
      if (effect.from === inode) links--;
      const place = { directory: effect.inode, name: effect.name };
      if (effect.to === inode) places.push(place);
      else if (effect.at <= interval.from) {
        const index = places.findIndex(
          ({ directory, name }) => directory === place.directory && name === place.name,
        );
        if (index >= 0) places.splice(index, 1);
      }
      if (links <= 0 && effect.at > interval.from) return [];
    }
    const names = new Set<string>();
    for (const { directory, name } of places) {
      const since = this.#entriesSince(directory, name, interval);
      const own = since.findLastIndex(({ to }) => to === inode);
      if (since.slice(own + 1).some(({ to }) => to !== null)) return [];
      for (const above of this.#pathsOf(directory, interval, 0)) {
        names.add(displayPath(above === '' ? name : `${above}/${name}`));
        if (names.size > mostNames) return [];
      }
    }
    names.delete(own);
    return [...names];
  }

  /** Paths that a directory had at the ack or has had since. */
  #pathsOf(directory: Inode, interval: Interval, depth: number): BytePath[] {
    if (directory === this.history.root) return [''];
    if (depth > 64) return [];
    const places = new Map<string, { directory: Inode; name: BytePath }>();
    const note = (above: Inode, name: BytePath): void => {
      places.set(`${above.id}/${name}`, { directory: above, name });
    };
    for (const { directory: above, name } of this.initialNames.get(directory) ?? [])
      if (this.#valueAt(above, name, interval.from) === directory) note(above, name);
    for (const effect of this.naming.get(directory) ?? []) {
      if (effect.to !== directory || this.enters(effect) >= interval.to) continue;
      const isThere = this.#valueAt(effect.inode, effect.name, interval.from) === directory;
      if (isThere || this.#isSince(effect, interval)) note(effect.inode, effect.name);
    }
    return [...places.values()].flatMap(({ directory: above, name }) =>
      this.#pathsOf(above, interval, depth + 1).map((path) => (path === '' ? name : `${path}/${name}`)),
    );
  }
}

/** How a name comes to show something else: files that take it, or bytes written into the file that has it. */
function mannersOf({ effects, directory, name }: AtomicName): Manner[] {
  const manners = new Set<Manner>();
  let current = directory.initialEntries.get(name) ?? null;
  const held = current;
  for (const effect of effects) {
    if (effect.kind === 'entry') {
      if (effect.group !== null && effect.to && current) manners.add('by name');
      current = effect.to;
    } else if (effect.inode === current && (current === held || current.initial !== null)) {
      manners.add('in place');
    }
  }
  return [...manners];
}

function append<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}
