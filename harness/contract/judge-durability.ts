import type { Durability } from '../model/durability.js';
import type { Effect, EntryEffect, SizeEffect } from '../model/effect.js';
import type { Ack, History } from '../model/history.js';
import type { Inode } from '../model/inode.js';
import { displayPath } from '../syscalls/byte-path.js';
import type { Breach } from './breach.js';
import { isNamed } from './promise.js';
import { EntryMap, View } from './view.js';

/** Why a verdict cannot be a pass, and for which file. */
export interface Uncertainty {
  path: string | null;
  reason: string;
}

export interface DurabilityJudgement {
  breaches: Breach[];
  uncertain: Uncertainty[];
}

/**
 * Judges `snapshot` and `files`: at each ack, everything the program saw (or the files named, with every name on
 * their path) must be durable.
 *
 * No states are enumerated. Right after an ack, a name, a size or a byte can have any value that it had since its
 * last durable change; so the promise is kept exactly if no pending effect changed what is visible at the ack. What
 * the program itself changes later is its own business, and a removed name that comes back loses nothing. Each effect
 * is judged at the first ack that rests on it.
 */
export function judgeDurability(
  history: History,
  durable: Durability,
  /** null: everything visible; else globs. */
  files: readonly string[] | null,
): DurabilityJudgement {
  return new DurabilityJudge(history, durable, files).judge();
}

class DurabilityJudge {
  private readonly view: View;
  private readonly opaque: readonly Inode[];
  private readonly byInode = new Map<Inode, Effect[]>();
  private readonly byEntry = new EntryMap<EntryEffect[]>();
  /** Effects not yet judged, by what they change. */
  private readonly open = new Map<Inode, Set<Effect>>();
  private readonly breaches: Breach[] = [];
  private readonly uncertain = new Map<string, Uncertainty>();

  constructor(
    private readonly history: History,
    private readonly durable: Durability,
    private readonly files: readonly string[] | null,
  ) {
    this.view = new View(history);
    this.opaque = history.inodes.filter(({ opaque }) => opaque !== null);
  }

  judge(): DurabilityJudgement {
    const { effects, acks } = this.history;
    let next = 0;
    acks.forEach((ack, index) => {
      while (next < effects.length && effects[next]!.at < ack.at) this.advance(effects[next++]!);
      this.judgeAck(ack, index + 1);
    });
    return { breaches: this.breaches, uncertain: [...this.uncertain.values()] };
  }

  private advance(effect: Effect): void {
    this.view.advance(effect);
    // Of a file's attributes the mode is compared, as the replay engine does it.
    if (effect.kind === 'attributes' && (effect.mode === null || effect.inode.kind !== 'file')) return;
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

  private judgeAck(ack: Ack, acks: number): void {
    this.judgeUncertain(ack);
    for (const [inode, open] of this.open) {
      for (const effect of open) if (this.durable.since[effect.id]! < ack.at) open.delete(effect);
      if (open.size === 0) {
        this.open.delete(inode);
        continue;
      }
      if (inode.kind === 'directory') this.judgeDirectory(inode, open, ack, acks);
      else this.judgeFile(inode, open, ack, acks);
    }
  }

  private judgeFile(inode: Inode, open: Set<Effect>, ack: Ack, acks: number): void {
    const path = this.owedPath(inode);
    if (path === null) return;
    const live = this.liveIn(inode, open, ack);
    open.clear();
    if (live.length === 0) return;
    const last = live.at(-1)!;
    const failedStep = this.durable.failedBy.get(last.id) ?? null;
    const bytes = live.reduce((sum, effect) => sum + (effect.kind === 'data' ? effect.length : 0), 0);
    this.breaches.push({
      kind: failedStep === null ? 'durability' : 'fsync_error',
      path,
      effects: live,
      ack,
      beforeStep: null,
      missing: failedStep === null ? { inode, afterStep: last.step } : null,
      failedStep,
      promise: this.promiseText(ack),
      lost: [bytes > 0 ? `up to ${bytes} bytes of ${path}` : `the ${lesser(live)} of ${path}`],
      sentence: null,
      fix: null,
      acks,
    });
  }

  /** Pending effects that show at the ack: not overwritten by something durable, and within the visible size. */
  private liveIn(inode: Inode, open: Set<Effect>, ack: Ack): Effect[] {
    const effects = this.byInode.get(inode)!;
    const size = this.view.size(inode);
    const overwritten = new Intervals();
    let sizeIsDurable = false;
    let modeIsDurable = false;
    let waiting = open.size;
    const live: Effect[] = [];
    for (let index = effects.length - 1; index >= 0 && waiting > 0; index--) {
      const effect = effects[index]!;
      const durable = this.durable.since[effect.id]! < ack.at;
      if (open.has(effect)) waiting--;
      if (effect.kind === 'data') {
        if (durable) overwritten.add(effect.offset, effect.offset + effect.length);
        else if (open.has(effect) && effect.changed) {
          const to = Math.min(effect.changed.to, size);
          if (effect.changed.from < to && !overwritten.covers(effect.changed.from, to)) live.push(effect);
        }
      } else if (effect.kind === 'attributes') {
        if (durable) modeIsDurable = true;
        else if (open.has(effect) && !modeIsDurable && effect.mode?.from !== effect.mode?.to)
          live.push(effect);
      } else if (effect.kind === 'size') {
        if (durable) {
          sizeIsDurable = true;
          if (effect.to < effect.from) overwritten.add(effect.to, Number.POSITIVE_INFINITY);
        } else if (open.has(effect) && (!sizeIsDurable || comesBack(effect, size, overwritten)))
          live.push(effect);
      }
    }
    return live.reverse();
  }

  private judgeDirectory(directory: Inode, open: Set<Effect>, ack: Ack, acks: number): void {
    for (const effect of open) {
      if (effect.kind !== 'entry') continue;
      const visible = this.view.entry(directory, effect.name);
      if (!visible) {
        open.delete(effect);
        continue;
      }
      const path = this.owedEntry(directory, effect.name, visible);
      if (path === null) continue;
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
      if (live.length === 0) continue;
      const last = live.at(-1)!;
      const failedStep = this.durable.failedBy.get(last.id) ?? null;
      const before = live[0]!.from;
      this.breaches.push({
        kind: failedStep === null ? 'durability' : 'fsync_error',
        path,
        effects: live,
        ack,
        beforeStep: null,
        missing: failedStep === null ? { inode: directory, afterStep: last.step } : null,
        failedStep,
        promise: this.promiseText(ack),
        lost: [before ? `${path}: what stood there before may be back` : `the name ${path}`],
        sentence: null,
        fix: null,
        acks,
      });
    }
  }

  private judgeUncertain(ack: Ack): void {
    for (const inode of this.opaque) {
      if (!inode.opaque || inode.opaque.since >= ack.at) continue;
      const path = this.owedPath(inode);
      if (path !== null) this.doubt(path, inode.opaque.reason);
    }
    for (const { path, reason, since } of this.history.doubts) {
      if (since >= ack.at) continue;
      if (path === null) this.doubt(null, reason);
      else if (!this.files || isNamed(path, this.files)) this.doubt(displayPath(path), reason);
    }
  }

  private doubt(path: string | null, reason: string): void {
    this.uncertain.set(`${path}: ${reason}`, { path, reason });
  }

  /** The path under which a file is owed now, or null. */
  private owedPath(inode: Inode): string | null {
    const path = this.view.paths(inode).find((name) => !this.files || isNamed(name, this.files));
    return path === undefined ? null : displayPath(path);
  }

  private owedEntry(directory: Inode, name: string, to: Inode): string | null {
    const [above] = this.view.paths(directory, 1);
    if (above === undefined) return null;
    const path = above === '.' ? name : `${above}/${name}`;
    if (!this.files) return displayPath(path);
    return this.leadsToNamed(path, to, 0) ? displayPath(path) : null;
  }

  private leadsToNamed(path: string, inode: Inode, depth: number): boolean {
    if (isNamed(path, this.files!)) return true;
    if (inode.kind !== 'directory' || depth > 64) return false;
    for (const [name, child] of this.view.children(inode)) {
      if (this.leadsToNamed(`${path}/${name}`, child, depth + 1)) return true;
    }
    return false;
  }

  private promiseText(ack: Ack): string {
    const what = this.files ? this.files.join(', ') : 'everything the program could see in its directory';
    return `after ack '${ack.text}', ${what} survives a power cut`;
  }
}

/** What is lost of a file that loses no bytes. */
function lesser(live: readonly Effect[]): string {
  return live.some(({ kind }) => kind === 'size') ? 'size' : 'mode';
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
