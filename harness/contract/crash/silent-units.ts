import type { Content } from '../../model/content.js';
import type { Effect } from '../../model/effect.js';
import type { CrashUnit, UnitSet } from './units.js';

/**
 * Without the pieces of data that a file holds already and holds whatever becomes of everything else: whether these
 * survive, nobody can tell.
 *
 * @param before what the file held before `effects`, which are all that was done to its bytes and size since
 */
export function withoutSilent(set: UnitSet, before: Content, effects: readonly Effect[]): UnitSet {
  const kept = set.units.flatMap((unit, index) => (isSilent(unit, before, effects) ? [] : [index]));
  if (kept.length === set.units.length) return set;
  const places = new Map(kept.map((index, place) => [index, place]));
  return {
    units: kept.map((index) => set.units[index]!),
    // What a silent piece would have to be there for may as well be there: it is, by its bytes.
    requires: kept.map((index) => set.requires[index]!.flatMap((needed) => places.get(needed) ?? [])),
  };
}

function isSilent(unit: CrashUnit, before: Content, effects: readonly Effect[]): boolean {
  const { effect } = unit;
  if (unit.kind !== 'data' || effect.kind !== 'data') return false;
  const [from, to] = [unit.offset, unit.offset + unit.length];
  if (before.size < to || (effect.changed && effect.changed.from < to && effect.changed.to > from))
    return false;
  const held = before.read(from, to);
  return effects.every((other) => {
    if (other.kind === 'size') return other.to >= to && other.from >= to;
    if (other.kind !== 'data') return true;
    const [start, end] = [Math.max(from, other.offset), Math.min(to, other.offset + other.length)];
    if (start >= end) return true;
    const there = held.subarray(start - from, end - from);
    return other.bytes === null
      ? there.every((byte) => byte === 0)
      : there.equals(other.bytes.subarray(start - other.offset, end - other.offset));
  });
}
