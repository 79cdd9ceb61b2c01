import type { Content } from '../../model/content.js';
import type { Durability } from '../../model/durability.js';
import type { Effect } from '../../model/effect.js';
import type { Choice } from './choices.js';
import type { CrashUnit, UnitSet } from './units.js';

/** What crashes at one position leave in one file: what is durable there plus the units chosen, in their order. */
export class CrashContents {
  private readonly units = new Map<number, number[]>();
  private readonly known = new Map<string, Content>();

  constructor(
    /** What the file held before `effects`; not changed. */
    private readonly before: Content,
    /** The file's data and sizes up to the position. */
    private readonly effects: readonly Effect[],
    private readonly durable: Durability,
    private readonly position: number,
    private readonly set: UnitSet,
  ) {
    const all = unitsByEffect(set);
    for (const { id } of effects) {
      const indices = all.get(id);
      if (indices) this.units.set(id, indices);
    }
  }

  of(choice: Choice): Content {
    let key = '';
    for (const indices of this.units.values())
      for (const index of indices) if (choice[index]) key += `${index},`;
    let content = this.known.get(key);
    if (content) return content;
    content = this.before.clone();
    for (const effect of this.effects) {
      if (this.durable.since[effect.id]! < this.position) applyWhole(content, effect);
      else
        for (const index of this.units.get(effect.id) ?? [])
          if (choice[index]) applyUnit(content, this.set.units[index]!);
    }
    this.known.set(key, content);
    return content;
  }
}

/** Sought once for all files: a program may have written thousands. */
const byEffect = new WeakMap<UnitSet, ReadonlyMap<number, number[]>>();

/** Where in a set the units of each effect are, by its id. */
export function unitsByEffect(set: UnitSet): ReadonlyMap<number, number[]> {
  const known = byEffect.get(set);
  if (known) return known;
  const found = new Map<number, number[]>();
  for (const [index, { effect }] of set.units.entries()) {
    const indices = found.get(effect.id);
    if (indices) indices.push(index);
    else found.set(effect.id, [index]);
  }
  byEffect.set(set, found);
  return found;
}

export function applyWhole(content: Content, effect: Effect): void {
  if (effect.kind === 'size') applySize(content, effect, effect.to);
  else if (effect.kind === 'data') {
    if (effect.bytes === null) content.zero(effect.offset, effect.length);
    else content.write(effect.offset, effect.bytes);
  }
}

function applyUnit(content: Content, unit: CrashUnit): void {
  if (unit.kind === 'size') applySize(content, unit.effect, unit.to);
  else if (unit.kind === 'data' && unit.effect.kind === 'data') {
    const { bytes, offset } = unit.effect;
    if (bytes === null) content.zero(unit.offset, unit.length);
    else content.write(unit.offset, bytes.subarray(unit.offset - offset, unit.offset - offset + unit.length));
  }
}

function applySize(content: Content, effect: Effect, to: number): void {
  if (effect.kind === 'size' && effect.to < effect.from) content.truncate(to);
  else content.resize(to);
}
