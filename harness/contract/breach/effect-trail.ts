/**
 * What was done to each file and each name up to a moment, by the order of calls: what of it can be lost, and what of that
 * would show.
 */
import type { Durability } from '../../model/durability.js';
import type { Effect, SizeEffect } from '../../model/effect.js';
import type { Inode } from '../../model/inode.js';
import { NameChanges } from '../../model/name-changes.js';
import { ByteRanges } from './byte-ranges.js';

export class EffectTrail {
  private readonly byInode = new Map<Inode, Effect[]>();
  /** What was done to names. */
  readonly names = new NameChanges();

  constructor(private readonly durable: Durability) {}

  add(effect: Effect): void {
    const effects = this.byInode.get(effect.inode);
    if (effects) effects.push(effect);
    else this.byInode.set(effect.inode, [effect]);
    if (effect.kind === 'entry') this.names.add(effect);
  }

  isDurableAt(effect: Effect, position: number): boolean {
    return this.durable.since[effect.id]! <= position;
  }

  /**
   * Which of these effects, pending at a position, would show if they were lost: not overwritten by something durable, and
   * within the size in bytes that is visible.
   */
  showing(
    pending: ReadonlySet<Effect>,
    { inode, size, position }: { inode: Inode; size: number; position: number },
  ): Effect[] {
    const effects = this.byInode.get(inode)!;
    const overwritten = new ByteRanges();
    const durableParts = new Set<string>();
    let sizeIsDurable = false;
    let waiting = 0;
    for (const { kind } of pending) if (kind !== 'entry') waiting++;
    const live: Effect[] = [];
    for (let index = effects.length - 1; index >= 0 && waiting > 0; index--) {
      const effect = effects[index]!;
      if (effect.kind === 'entry') continue;
      const durable = this.isDurableAt(effect, position);
      if (pending.has(effect)) waiting--;
      if (effect.kind === 'data') {
        if (durable) overwritten.add(effect.offset, effect.offset + effect.length);
        else if (pending.has(effect) && effect.changed) {
          const to = Math.min(effect.changed.to, size);
          if (effect.changed.from < to && !overwritten.covers(effect.changed.from, to)) live.push(effect);
        }
      } else if (effect.kind === 'attributes') {
        const part = `${effect.what} ${effect.xattr?.name ?? ''}`;
        if (durable) durableParts.add(part);
        else if (pending.has(effect) && !durableParts.has(part)) live.push(effect);
      } else if (durable) {
        sizeIsDurable = true;
        if (effect.to < effect.from) overwritten.add(effect.to, Number.POSITIVE_INFINITY);
      } else if (pending.has(effect) && (!sizeIsDurable || comesBack(effect, size, overwritten)))
        live.push(effect);
    }
    return live.reverse();
  }
}

/** What a truncation cut off shows again when the truncation is lost and a later, larger size is kept. */
function comesBack({ erased }: SizeEffect, size: number, overwritten: ByteRanges): boolean {
  if (!erased) return false;
  const to = Math.min(erased.to, size);
  return erased.from < to && !overwritten.covers(erased.from, to);
}
