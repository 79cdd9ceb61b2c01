import { type Durability, isMetadata } from '../../model/durability.js';
import type { Effect, EntryEffect } from '../../model/effect.js';
import type { Ack, History } from '../../model/history.js';
import type { Inode } from '../../model/inode.js';
import type { PersistenceModel } from '../../model/persistence-model.js';
import { EntryMap, View } from '../../model/view.js';
import { type BrokenRule, breachKind, promiseText } from '../../promise/breach.js';
import { type Law, law as ownLaw } from '../../promise/law.js';
import type { Promised } from '../../promise/promises.js';
import { type BytePath, displayPath } from '../../syscalls/byte-path.js';
import { changesValue, partOf } from './attribute-changes.js';
import { arrivalDamage, contentDamage, nameDamage } from './damage.js';
import { DurabilityDoubts } from './durability-doubts.js';
import { EffectTrail } from './effect-trail.js';
import { OwedPaths } from './owed-paths.js';
import type { Uncertainty } from './uncertainty.js';
import type { UnkeptPromise } from './unkept-promise.js';

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

class DurabilityJudge {
  private readonly view: View;
  private readonly trail: EffectTrail;
  private readonly owed: OwedPaths;
  private readonly doubts: DurabilityDoubts;
  /** Effects not yet judged, by what they change. */
  private readonly open = new Map<Inode, Set<Effect>>();
  /** What names changed since the last ack led to then. */
  private seen = new EntryMap<{ inode: Inode | null }>();
  /** What got its first name since the last ack. */
  private newcomers = new Set<Inode>();
  private readonly breaches: UnkeptPromise[] = [];

  constructor(
    private readonly history: History,
    private readonly durable: Durability,
    private readonly model: PersistenceModel,
    promises: Promised,
    private readonly law: Law,
  ) {
    this.view = new View(history);
    this.trail = new EffectTrail(durable);
    this.owed = new OwedPaths(history.root, this.view, this.trail, promises, law);
    this.doubts = new DurabilityDoubts(history, this.trail, this.owed);
  }

  judge(): DurabilityJudgement {
    const { effects, acks } = this.history;
    let next = 0;
    acks.forEach((ack, index) => {
      while (next < effects.length && effects[next]!.at < ack.at) this.advance(effects[next++]!, index);
      this.judgeAck(ack, index + 1);
    });
    while (next < effects.length) this.advance(effects[next++]!, acks.length);
    return { breaches: this.breaches, uncertain: this.doubts.all };
  }

  private advance(effect: Effect, acks: number): void {
    if (effect.kind === 'entry') {
      this.judgeArrival(effect, acks);
      this.judgeRemoval(effect, acks);
      const known = this.view.entry(effect.inode, effect.name);
      if (!this.seen.get(effect.inode, effect.name))
        this.seen.set(effect.inode, effect.name, { inode: known });
      if (effect.to && !this.view.reachable(effect.to)) this.newcomers.add(effect.to);
      this.owed.note(effect);
    }
    this.view.advance(effect);
    if (!this.isOwedPart(effect)) return;
    if (effect.kind === 'attributes') {
      const changes = changesValue(effect);
      if (changes === null) this.doubts.noteUnclear(effect);
      if (!changes) return;
    }
    this.trail.add(effect);
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
    this.owed.followLinks();
    this.doubts.judgeAck(ack);
    for (const [inode, open] of this.open) {
      for (const effect of open) if (this.trail.isDurableAt(effect, ack.at)) open.delete(effect);
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

  /** The bytes, the size and the attributes of a file, and the attributes of anything else. */
  private judgeFile(inode: Inode, open: Set<Effect>, ack: Ack, acks: number): void {
    const path = this.owed.ofFile(inode);
    if (path === null) return;
    const live = this.doubts.blamable(this.showing(inode, open, ack.at), path);
    for (const effect of open) if (effect.kind !== 'entry') open.delete(effect);
    if (live.length === 0) return;
    const bytes = live.reduce((sum, effect) => sum + (effect.kind === 'data' ? effect.length : 0), 0);
    const damage = contentDamage(live);
    this.add('kept', { path, acks, ack, inode, effects: live }, [
      `${bytes > 0 ? `up to ${bytes} bytes of ${path}` : `the ${lesser(live)} of ${path}`}${damage === null ? '' : ` (${damage})`}`,
    ]);
  }

  private judgeDirectory(directory: Inode, open: Set<Effect>, ack: Ack, acks: number): void {
    for (const effect of open) {
      if (effect.kind !== 'entry') continue;
      const visible = this.view.entry(directory, effect.name);
      const path = visible
        ? this.owed.ofEntry(directory, effect.name, visible)
        : this.owed.ofRemoval(directory, effect, ack.at);
      if (path === null) {
        if (!visible) open.delete(effect);
        continue;
      }
      // What lies before a durable change of the name cannot show, and what lies before a judged one is judged.
      const live: EntryEffect[] = [];
      const chain = this.trail.names.of(directory, effect.name);
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
    const path = this.owed.ofName(directory, name);
    if (path === null || !this.owed.isKept(path)) return;
    const { ordering } = this.model;
    if (ordering.rename_after_data.value && effect.group !== null && effect.from) return;
    const open = this.open.get(to);
    if (!open) return;
    for (const other of open) if (this.trail.isDurableAt(other, effect.at)) open.delete(other);
    const candidates = new Set(
      [...open].filter((other) => !(ordering.metadata_in_order.value && isMetadata(other))),
    );
    if (candidates.size === 0) return;
    const live = this.doubts.blamable(this.showing(to, candidates, effect.at), path);
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
    const path = this.owed.ofName(directory, name);
    // A directory takes along what is in it.
    if (path === null || !this.owed.leadsToOwed(path, from)) return;
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
      const arrival = this.trail.names.of(above, part).at(-1);
      if (!arrival || this.trail.isDurableAt(arrival, removal.at)) return;
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

  /** What a name led to at the last ack, or at the start. */
  private seenAtAck(directory: Inode, name: BytePath): Inode | null {
    const changed = this.seen.get(directory, name);
    return changed ? changed.inode : this.view.entry(directory, name);
  }

  private showing(inode: Inode, pending: ReadonlySet<Effect>, position: number): Effect[] {
    return this.trail.showing(pending, { inode, size: this.view.size(inode), position });
  }
}

/** Nobody can tell one from the other: links to one target, or the same file. */
function isSameThing(one: Inode | null, other: Inode | null): boolean {
  return (
    one === other || (one?.kind === 'symlink' && other?.kind === 'symlink' && one.target === other.target)
  );
}

/** What is lost of a file that loses no bytes. */
function lesser(live: readonly Effect[]): string {
  const attribute = live.find((effect) => effect.kind === 'attributes');
  if (!attribute || live.some(({ kind }) => kind === 'size')) return 'size';
  return attribute.xattr ? `attribute ${displayPath(attribute.xattr.name)}` : partOf[attribute.what]!;
}
