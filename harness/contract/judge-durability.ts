import { type Durability, isMetadata } from '../model/durability.js';
import type { AttributeEffect, Effect, EntryEffect, SizeEffect } from '../model/effect.js';
import type { Ack, History } from '../model/history.js';
import type { Inode } from '../model/inode.js';
import type { PersistenceModel } from '../model/persistence-model.js';
import { momentUnknown, storeReason } from '../model/stores.js';
import { EntryMap, View } from '../model/view.js';
import { type BrokenRule, breachKind, promiseText } from '../promise/breach.js';
import { isIgnored, isNamed } from '../promise/globs.js';
import { type Law, law as ownLaw, type Part } from '../promise/law.js';
import { endOfLinks, type LookedAt } from '../promise/links.js';
import { isKept, type Promised, staysGone } from '../promise/promises.js';
import { type BytePath, displayPath, toBytePath } from '../syscalls/byte-path.js';
import { isPromisedXattr } from '../trace/attributes.js';
import { arrivalDamage, contentDamage, nameDamage } from './damage.js';
import type { UnkeptPromise } from './unkept-promise.js';

/** Why a verdict cannot be a pass, and for which file. */
export interface Uncertainty {
  path: string | null;
  reason: string;
}

export interface DurabilityJudgement {
  breaches: UnkeptPromise[];
  uncertain: Uncertainty[];
}

/**
 * Judges `snapshot`, `files` and `gone`: what the law says that an ack owes, asked of what a model may take away.
 *
 * No states are enumerated. Right after an ack, a name, a size, a byte or an attribute can have any value that it had
 * since its last durable change; so what was visible is kept exactly if no pending effect changed it. What the program
 * itself changes later is its own business, with two exceptions that are judged where they happen: a file that takes an
 * owed name has to be durable before it does, and a file must not lose a name while the others it has can be lost, too.
 * Each effect is judged at the first ack, or the first such change, that rests on it.
 */
export function judgeDurability(of: {
  history: History;
  durable: Durability;
  model: PersistenceModel;
  promises: Promised;
  /** What an ack owes; another one only to show that forgetting a part of it would be noticed. */
  law?: Law;
}): DurabilityJudgement {
  return new DurabilityJudge(of.history, of.durable, of.model, of.promises, of.law ?? ownLaw).judge();
}

/** The part of a file that a change of its attributes changes; null for what nobody is promised. */
const partOf: Record<AttributeEffect['what'], Part | null> = {
  mode: 'mode',
  owner: 'owner',
  xattr: 'xattrs',
  times: null,
  flags: null,
};

class DurabilityJudge {
  private readonly view: View;
  private readonly opaque: readonly Inode[];
  private readonly mapped: readonly Inode[];
  private readonly byInode = new Map<Inode, Effect[]>();
  private readonly byEntry = new EntryMap<EntryEffect[]>();
  /** Effects not yet judged, by what they change. */
  private readonly open = new Map<Inode, Set<Effect>>();
  /** What names changed since the last ack led to then. */
  private seen = new EntryMap<{ inode: Inode | null }>();
  /** What got its first name since the last ack. */
  private newcomers = new Set<Inode>();
  /** The last change of any name that a directory has or had. */
  private readonly named = new Map<Inode, EntryEffect>();
  /** Changes of attributes of which nobody knows whether they changed anything. */
  private readonly unclear = new Map<Inode, AttributeEffect[]>();
  private readonly breaches: UnkeptPromise[] = [];
  private readonly uncertain = new Map<string, Uncertainty>();
  private readonly namedFiles: readonly string[];

  constructor(
    private readonly history: History,
    private readonly durable: Durability,
    private readonly model: PersistenceModel,
    /** With the files that links led to at the last ack. */
    private promises: Promised,
    private readonly law: Law,
  ) {
    this.view = new View(history);
    this.namedFiles = promises.files;
    this.opaque = history.inodes.filter(({ opaque }) => opaque !== null);
    this.mapped = history.inodes.filter(({ storeDoubts }) => storeDoubts.length > 0);
  }

  judge(): DurabilityJudgement {
    const { effects, acks } = this.history;
    let next = 0;
    acks.forEach((ack, index) => {
      while (next < effects.length && effects[next]!.at < ack.at) this.advance(effects[next++]!, index);
      this.judgeAck(ack, index + 1);
    });
    while (next < effects.length) this.advance(effects[next++]!, acks.length);
    return { breaches: this.breaches, uncertain: [...this.uncertain.values()] };
  }

  private advance(effect: Effect, acks: number): void {
    if (effect.kind === 'entry') {
      this.judgeArrival(effect, acks);
      this.judgeRemoval(effect, acks);
      const known = this.view.entry(effect.inode, effect.name);
      if (!this.seen.get(effect.inode, effect.name))
        this.seen.set(effect.inode, effect.name, { inode: known });
      if (effect.to && !this.view.reachable(effect.to)) this.newcomers.add(effect.to);
      for (const inode of [effect.from, effect.to])
        if (inode?.kind === 'directory') this.named.set(inode, effect);
    }
    this.view.advance(effect);
    if (!this.isOwedPart(effect)) return;
    if (effect.kind === 'attributes') {
      const changes = changesValue(effect);
      if (changes === null) append(this.unclear, effect.inode, effect);
      if (!changes) return;
    }
    append(this.byInode, effect.inode, effect);
    if (effect.kind === 'entry') {
      const chain = this.byEntry.get(effect.inode, effect.name);
      if (chain) chain.push(effect);
      else this.byEntry.set(effect.inode, effect.name, [effect]);
    }
    const open = this.open.get(effect.inode);
    if (open) open.add(effect);
    else this.open.set(effect.inode, new Set([effect]));
  }

  private isOwedPart(effect: Effect): boolean {
    const { kind } = effect.inode;
    const owed = this.law.owed[kind === 'special' ? 'other' : kind];
    if (effect.kind === 'entry') return true;
    if (effect.kind !== 'attributes') return owed.has('content');
    const part = partOf[effect.what];
    return part !== null && owed.has(part);
  }

  private judgeAck(ack: Ack, acks: number): void {
    this.followLinks();
    this.judgeUncertain(ack);
    for (const [inode, open] of this.open) {
      for (const effect of open) if (this.isDurableAt(effect, ack.at)) open.delete(effect);
      if (open.size === 0) {
        this.open.delete(inode);
        continue;
      }
      if (inode.kind === 'directory') this.judgeDirectory(inode, open, ack, acks);
      this.judgeFile(inode, open, ack, acks);
    }
    this.seen = new EntryMap();
    this.newcomers = new Set();
  }

  /** What is read through a promised link at an ack is owed by its own name, and so is each link on the way. */
  private followLinks(): void {
    const { linked } = this.promises;
    if (!linked || linked.files.length === 0) return;
    const files = new Set(this.namedFiles);
    for (const link of linked.files) {
      const passed: string[] = [];
      const look = (path: string): LookedAt => {
        const inode = this.view.at(toBytePath(path));
        if (inode?.kind === 'symlink') passed.push(path);
        return inode
          ? {
              type: inode.kind === 'special' ? 'other' : inode.kind,
              target: inode.target === null ? undefined : displayPath(inode.target),
            }
          : undefined;
      };
      const end = endOfLinks(link, look, linked.rootPath);
      if (end === null || !this.view.at(toBytePath(end))) continue;
      for (const path of [...passed, end]) files.add(path);
    }
    this.promises = { ...this.promises, files: [...files] };
  }

  /** The bytes, the size and the attributes of a file, and the attributes of anything else. */
  private judgeFile(inode: Inode, open: Set<Effect>, ack: Ack, acks: number): void {
    const path = this.owedPath(inode);
    if (path === null) return;
    const live = this.blamable(this.liveIn(inode, open, ack.at), path);
    for (const effect of open) if (effect.kind !== 'entry') open.delete(effect);
    if (live.length === 0) return;
    const bytes = live.reduce((sum, effect) => sum + (effect.kind === 'data' ? effect.length : 0), 0);
    const damage = contentDamage(live);
    this.add('kept', { path, acks, ack, inode, effects: live }, [
      `${bytes > 0 ? `up to ${bytes} bytes of ${path}` : `the ${lesser(live)} of ${path}`}${damage === null ? '' : ` (${damage})`}`,
    ]);
  }

  /** Without stores that may be durable for all that is known: a doubt instead. */
  private blamable(live: readonly Effect[], path: string): Effect[] {
    const isDoubtful = (effect: Effect): boolean => effect.kind === 'data' && effect.store === 'perhaps';
    const doubtful = live.filter(isDoubtful);
    if (doubtful.length > 0) {
      const from = Math.min(...doubtful.map((effect) => (effect.kind === 'data' ? effect.offset : 0)));
      const to = Math.max(
        ...doubtful.map((effect) => (effect.kind === 'data' ? effect.offset + effect.length : 0)),
      );
      this.doubt(path, storeReason({ from, to, reason: momentUnknown }));
    }
    return live.filter((effect) => !isDoubtful(effect));
  }

  /** Pending effects that show at a position: not overwritten by something durable, and within the visible size. */
  private liveIn(inode: Inode, open: ReadonlySet<Effect>, position: number): Effect[] {
    const effects = this.byInode.get(inode)!;
    const size = this.view.size(inode);
    const overwritten = new Intervals();
    const durableParts = new Set<string>();
    let sizeIsDurable = false;
    let waiting = 0;
    for (const { kind } of open) if (kind !== 'entry') waiting++;
    const live: Effect[] = [];
    for (let index = effects.length - 1; index >= 0 && waiting > 0; index--) {
      const effect = effects[index]!;
      if (effect.kind === 'entry') continue;
      const durable = this.isDurableAt(effect, position);
      if (open.has(effect)) waiting--;
      if (effect.kind === 'data') {
        if (durable) overwritten.add(effect.offset, effect.offset + effect.length);
        else if (open.has(effect) && effect.changed) {
          const to = Math.min(effect.changed.to, size);
          if (effect.changed.from < to && !overwritten.covers(effect.changed.from, to)) live.push(effect);
        }
      } else if (effect.kind === 'attributes') {
        const part = `${effect.what} ${effect.xattr?.name ?? ''}`;
        if (durable) durableParts.add(part);
        else if (open.has(effect) && !durableParts.has(part)) live.push(effect);
      } else if (durable) {
        sizeIsDurable = true;
        if (effect.to < effect.from) overwritten.add(effect.to, Number.POSITIVE_INFINITY);
      } else if (open.has(effect) && (!sizeIsDurable || comesBack(effect, size, overwritten)))
        live.push(effect);
    }
    return live.reverse();
  }

  private judgeDirectory(directory: Inode, open: Set<Effect>, ack: Ack, acks: number): void {
    for (const effect of open) {
      if (effect.kind !== 'entry') continue;
      const visible = this.view.entry(directory, effect.name);
      const path = visible
        ? this.owedEntry(directory, effect.name, visible)
        : this.goneEntry(directory, effect, ack.at);
      if (path === null) {
        if (!visible) open.delete(effect);
        continue;
      }
      // What lies before a durable change of the name cannot show, and what lies before a judged one is judged.
      const live: EntryEffect[] = [];
      const chain = this.byEntry.get(directory, effect.name)!;
      for (let index = chain.length - 1; index >= 0; index--) {
        const other = chain[index]!;
        if (!open.delete(other)) break;
        if (other.from !== other.to) live.push(other);
      }
      live.reverse();
      open.delete(effect);
      if (live.every(({ from }) => isSameThing(from, visible))) continue;
      const before = live[0]!.from;
      const what = { path, acks, ack, inode: directory, effects: live };
      if (visible) this.add('kept', what, [nameDamage(path, before !== null)]);
      else this.add('gone', what, [`the removal of ${path}: it may be back`]);
    }
  }

  /** A file that takes an owed name: whatever of it can still be lost then would show under that name. */
  private judgeArrival(effect: EntryEffect, acks: number): void {
    const { to, inode: directory, name } = effect;
    if (!this.law.arrivalsWhole || to?.kind !== 'file') return;
    const seen = this.seenAtAck(directory, name);
    if (!seen || seen === to) return;
    const path = this.pathIn(directory, name);
    if (path === null || !isKept(path, this.promises)) return;
    const { ordering } = this.model;
    if (ordering.rename_after_data.value && effect.group !== null && effect.from) return;
    const open = this.open.get(to);
    if (!open) return;
    for (const other of open) if (this.isDurableAt(other, effect.at)) open.delete(other);
    const candidates = new Set(
      [...open].filter((other) => !(ordering.metadata_in_order.value && isMetadata(other))),
    );
    if (candidates.size === 0) return;
    const live = this.blamable(this.liveIn(to, candidates, effect.at), path);
    if (live.length === 0) return;
    for (const other of live) open.delete(other);
    this.add('replaced', { path, acks, before: effect, inode: to, effects: live }, [arrivalDamage(path)]);
  }

  /** A file that loses one of its names: one of the others has to be there whenever this one is gone. */
  private judgeRemoval(effect: EntryEffect, acks: number): void {
    const { from, to, inode: directory, name, group } = effect;
    if (!this.law.movesKept || !from || to !== null || this.newcomers.has(from)) return;
    const { ordering } = this.model;
    if (ordering.metadata_in_order.value && ordering.rename_atomic.value) return;
    const path = this.pathIn(directory, name);
    if (path === null || isIgnored(path, this.promises.ignore)) return;
    // A directory takes along what is in it.
    if (!this.promises.snapshot && !this.leadsToNamed(path, from, 0)) return;
    const others = this.view
      .places(from)
      .filter((place) => place.directory !== directory || place.name !== name);
    if (others.length === 0) return;
    let pending: EntryEffect[] | null = null;
    for (const place of others) {
      const lost = this.pendingNames(place, effect);
      if (lost.length === 0) return;
      if (!pending || lost.length < pending.length) pending = lost;
    }
    const torn = pending!.some((other) => group !== null && other.group === group);
    const last = pending!.at(-1)!;
    this.add(
      'moved',
      { path, acks, before: effect, inode: torn ? null : last.inode, effects: pending! },
      [`${path}: it may be under none of its names`],
      torn
        ? `${this.history.steps[effect.step]!.title} may be kept by half: ${path} is then under no name`
        : null,
    );
  }

  /** Changes of names that lead to a place and can be lost though `removal` is kept. */
  private pendingNames(
    { directory, name }: { directory: Inode; name: BytePath },
    removal: EntryEffect,
  ): EntryEffect[] {
    const pending: EntryEffect[] = [];
    const { ordering } = this.model;
    const note = (above: Inode, part: BytePath, isAbove: boolean): void => {
      const arrival = this.byEntry.get(above, part)?.at(-1);
      if (!arrival || this.isDurableAt(arrival, removal.at)) return;
      // A directory whose new name is lost with the whole rename is under its old one, with all that is in it.
      if (isAbove && arrival.group !== null && ordering.rename_atomic.value) return;
      const isTogether =
        removal.group !== null && arrival.group === removal.group && ordering.rename_atomic.value;
      if (!isTogether && !ordering.metadata_in_order.value) pending.push(arrival);
    };
    note(directory, name, false);
    for (let above = directory, depth = 0; depth < 64; depth++) {
      const [place] = this.view.places(above);
      if (!place) break;
      note(place.directory, place.name, true);
      above = place.directory;
    }
    return pending.reverse();
  }

  private add(
    rule: BrokenRule,
    about: {
      path: string;
      acks: number;
      ack?: Ack;
      /** The change of names that came too early, where it is not the ack. */
      before?: EntryEffect;
      /** What to sync; null: no sync call helps. */
      inode: Inode | null;
      effects: Effect[];
    },
    lost: string[],
    sentence: string | null = null,
  ): void {
    const { path, acks, ack = null, before, inode, effects } = about;
    const last = effects.at(-1)!;
    const failedStep = this.durable.failedBy.get(last.id) ?? null;
    this.breaches.push({
      kind: failedStep === null ? breachKind(rule) : 'fsync_error',
      path,
      effects,
      ack,
      beforeStep: before?.step ?? null,
      missing: failedStep === null && inode ? { inode, afterStep: last.step } : null,
      failedStep,
      promise: promiseText({ rule, path }),
      lost,
      sentence,
      fix: null,
      acks,
    });
  }

  private judgeUncertain(ack: Ack): void {
    for (const inode of this.opaque) {
      if (!inode.opaque || inode.opaque.since >= ack.at) continue;
      const path = this.owedPath(inode);
      if (path !== null) this.doubt(path, inode.opaque.reason);
    }
    for (const [inode, effects] of this.unclear) {
      const pending = effects.filter((effect) => !this.isDurableAt(effect, ack.at));
      if (pending.length === 0) {
        this.unclear.delete(inode);
        continue;
      }
      this.unclear.set(inode, pending);
      const path = this.owedPath(inode);
      const { step } = pending[0]!;
      if (path !== null)
        this.doubt(
          path,
          `${this.history.steps[step]!.title} is not durable when it is acked, and what it was before is not known: fsync it before the ack`,
        );
    }
    for (const inode of this.mapped) {
      const doubt = inode.storeDoubts.find(({ since, until }) => since < ack.at && ack.at < until);
      const path = doubt ? this.owedPath(inode) : null;
      if (doubt && path !== null) this.doubt(path, storeReason(doubt));
    }
    for (const { path, reason, since } of this.history.doubts) {
      if (since >= ack.at) continue;
      if (path === null) this.doubt(null, reason);
      else if (isKept(displayPath(path), this.promises)) this.doubt(displayPath(path), reason);
    }
  }

  private doubt(path: string | null, reason: string): void {
    this.uncertain.set(`${path}: ${reason}`, { path, reason });
  }

  private isDurableAt(effect: Effect, position: number): boolean {
    return this.durable.since[effect.id]! <= position;
  }

  /** What a name led to at the last ack, or at the start. */
  private seenAtAck(directory: Inode, name: BytePath): Inode | null {
    const changed = this.seen.get(directory, name);
    return changed ? changed.inode : this.view.entry(directory, name);
  }

  /** The path under which a file is owed now, or null. */
  private owedPath(inode: Inode): string | null {
    if (inode === this.history.root) return null;
    for (const path of this.view.paths(inode)) {
      const shown = displayPath(path);
      if (isKept(shown, this.promises)) return shown;
    }
    return null;
  }

  private owedEntry(directory: Inode, name: BytePath, to: Inode): string | null {
    if (!this.law.owed[to.kind === 'special' ? 'other' : to.kind].has('name')) return null;
    const path = this.pathIn(directory, name);
    if (path === null || isIgnored(path, this.promises.ignore)) return null;
    return this.promises.snapshot || this.leadsToNamed(path, to, 0) ? path : null;
  }

  /** The path of a name that is gone and has to stay so, as long as what it stood in is not gone for good. */
  private goneEntry(directory: Inode, removal: EntryEffect, position: number): string | null {
    if (!this.law.removalsKept || this.promises.gone.length === 0) return null;
    const above = this.named.get(directory);
    if (above && !this.view.reachable(directory) && this.isDurableAt(above, position)) return null;
    const path = displayPath(removal.path === '.' ? removal.name : `${removal.path}/${removal.name}`);
    return this.goneIn(path, removal.from, 0);
  }

  /** A path that has to stay gone: this, or one below it, which would be back with its directory. */
  private goneIn(path: string, inode: Inode | null, depth: number): string | null {
    if (staysGone(path, this.promises)) return path;
    if (inode?.kind !== 'directory' || depth > 64) return null;
    for (const [name, children] of this.namesIn(inode)) {
      for (const child of children) {
        const below = this.goneIn(`${path}/${displayPath(name)}`, child, depth + 1);
        if (below !== null) return below;
      }
    }
    return null;
  }

  /** All that a directory ever held so far. */
  private namesIn(directory: Inode): Map<BytePath, Set<Inode>> {
    const names = new Map<BytePath, Set<Inode>>();
    const note = (name: BytePath, inode: Inode): void => {
      names.set(name, (names.get(name) ?? new Set()).add(inode));
    };
    for (const [name, inode] of directory.initialEntries) note(name, inode);
    for (const effect of this.byInode.get(directory) ?? [])
      if (effect.kind === 'entry' && effect.to) note(effect.name, effect.to);
    return names;
  }

  private pathIn(directory: Inode, name: BytePath): string | null {
    const [above] = this.view.paths(directory, 1);
    if (above === undefined) return null;
    return displayPath(above === '.' ? name : `${above}/${name}`);
  }

  private leadsToNamed(path: string, inode: Inode, depth: number): boolean {
    if (isNamed(path, this.promises.files)) return true;
    if (inode.kind !== 'directory' || depth > 64) return false;
    for (const [name, child] of this.view.children(inode)) {
      if (this.leadsToNamed(`${path}/${displayPath(name)}`, child, depth + 1)) return true;
    }
    return false;
  }
}

/** Nobody can tell one from the other: links to one target, or the same file. */
function isSameThing(one: Inode | null, other: Inode | null): boolean {
  return (
    one === other || (one?.kind === 'symlink' && other?.kind === 'symlink' && one.target === other.target)
  );
}

/** Whether an attribute became another one; null: the trace does not tell. A mode that is not known accuses nobody. */
function changesValue({ what, mode, owner, xattr }: AttributeEffect): boolean | null {
  switch (what) {
    case 'mode':
      return mode !== null && mode.from !== mode.to;
    case 'owner':
      return owner && (owner.from.uid !== owner.to.uid || owner.from.gid !== owner.to.gid);
    case 'xattr':
      if (!xattr || !isPromisedXattr(xattr.name)) return false;
      // What there is not cannot be removed (ENODATA, removexattr(2)).
      if (xattr.to === null) return true;
      return xattr.from === undefined || xattr.to === undefined ? null : xattr.from !== xattr.to;
    default:
      return false;
  }
}

/** What is lost of a file that loses no bytes. */
function lesser(live: readonly Effect[]): string {
  const attribute = live.find((effect) => effect.kind === 'attributes');
  if (!attribute || live.some(({ kind }) => kind === 'size')) return 'size';
  return attribute.xattr ? `attribute ${displayPath(attribute.xattr.name)}` : partOf[attribute.what]!;
}

/** What a truncation cut off shows again when the truncation is lost and a later, larger size is kept. */
function comesBack({ erased }: SizeEffect, size: number, overwritten: Intervals): boolean {
  if (!erased) return false;
  const to = Math.min(erased.to, size);
  return erased.from < to && !overwritten.covers(erased.from, to);
}

/** Byte ranges, merged as they come. */
class Intervals {
  private ranges: { from: number; to: number }[] = [];

  add(from: number, to: number): void {
    let low = from;
    let high = to;
    const apart: { from: number; to: number }[] = [];
    for (const range of this.ranges) {
      if (range.to < low || range.from > high) apart.push(range);
      else {
        low = Math.min(low, range.from);
        high = Math.max(high, range.to);
      }
    }
    apart.push({ from: low, to: high });
    this.ranges = apart;
  }

  covers(from: number, to: number): boolean {
    return this.ranges.some((range) => range.from <= from && range.to >= to);
  }
}

function append<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}
