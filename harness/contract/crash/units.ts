import type { Durability } from '../../model/durability.js';
import { isMetadata } from '../../model/durability.js';
import { type DataEffect, type Effect, isRemovalOfRename } from '../../model/effect.js';
import type { Inode } from '../../model/inode.js';
import { atomicUnitBytes, type PersistenceModel } from '../../model/persistence-model.js';

/** A file that grows passes through sizes at multiples of it: file systems write back whole pages. */
const pageBytes = 4096;

/**
 * The smallest thing that survives or does not survive a crash by itself: an effect, or what the disk writes as
 * one of a larger write, with the size it leads to.
 */
export type CrashUnit =
  | { effect: Effect; kind: 'data'; offset: number; length: number }
  | { effect: Effect; kind: 'size'; to: number }
  | { effect: Effect; kind: 'entry' };

/** Everything undecided at one crash point, and what cannot be there without what. */
export interface UnitSet {
  units: CrashUnit[];
  /** Indices of the units that must be there for this one to be there. */
  requires: number[][];
}

/** Effects that had begun to count at `position` and are not durable there. */
export function pendingAt(effects: readonly Effect[], durable: Durability, position: number): Effect[] {
  return effects.filter(
    (effect) => effect.at < position && durable.since[effect.id]! >= position && effect.kind !== 'attributes',
  );
}

/** The units of pending effects (in the order of their ids) with the constraints a model puts on them. */
export function crashUnits(pending: readonly Effect[], model: PersistenceModel): UnitSet {
  const units: CrashUnit[] = [];
  const requires: number[][] = [];
  const ofEffect = new Map<number, number[]>();
  const ofInode = new Map<Inode, number[]>();
  const dataOfStep = dataBySteps(pending);
  const { ordering } = model;
  const unitBytes = atomicUnitBytes(model);
  let lastMetadata: number | null = null;
  for (const effect of pending) {
    const own: number[] = [];
    const add = (unit: CrashUnit, needs: number[]): void => {
      own.push(units.length);
      units.push(unit);
      requires.push(needs);
    };
    const inOrder =
      ordering.metadata_in_order.value && isMetadata(effect) && lastMetadata !== null ? [lastMetadata] : [];
    if (effect.kind === 'data') {
      for (const [offset, length] of pieces(effect, unitBytes))
        add({ effect, kind: 'data', offset, length }, []);
    } else if (effect.kind === 'size') {
      const data = dataOfStep.get(effect.step) ?? [];
      const written = data.flatMap(({ id }) => ofEffect.get(id) ?? []);
      const isBehindData = ordering.size_after_data.value && effect.to > effect.from;
      const needsData = isBehindData ? new NeededData(units, written) : null;
      for (const to of sizes(effect, data)) {
        // Whoever is that long was every length before: that one has what else is needed.
        const needs = [...inOrder, ...(needsData && own.length > 0 ? [own.at(-1)!] : [])];
        needsData?.addBelow(to, needs);
        add({ effect, kind: 'size', to }, needs);
      }
    } else if (effect.kind === 'entry') {
      const needs = [...inOrder];
      if (ordering.rename_after_data.value && effect.group !== null && effect.from && effect.to) {
        for (const index of ofInode.get(effect.to) ?? []) needs.push(index);
      }
      add({ effect, kind: 'entry' }, needs);
    }
    ofEffect.set(effect.id, own);
    const known = ofInode.get(effect.inode);
    if (known) for (const index of own) known.push(index);
    else ofInode.set(effect.inode, [...own]);
    if (isMetadata(effect) && own.length > 0) lastMetadata = own.at(-1)!;
  }
  if (ordering.rename_atomic.value) joinGroups(units, requires, ordering.rename_may_leave_old_name.value);
  return { units, requires };
}

function dataBySteps(pending: readonly Effect[]): Map<number, DataEffect[]> {
  const bySteps = new Map<number, DataEffect[]>();
  for (const effect of pending) {
    if (effect.kind !== 'data') continue;
    const known = bySteps.get(effect.step);
    if (known) known.push(effect);
    else bySteps.set(effect.step, [effect]);
  }
  return bySteps;
}

/** The data that growing sizes need, each piece named once: by the first size that needs it. */
class NeededData {
  private readonly sorted: { index: number; offset: number }[];
  private next = 0;

  constructor(units: readonly CrashUnit[], indices: readonly number[]) {
    this.sorted = indices
      .flatMap((index) => {
        const unit = units[index]!;
        return unit.kind === 'data' ? [{ index, offset: unit.offset }] : [];
      })
      .sort((a, b) => a.offset - b.offset);
  }

  addBelow(sizeBytes: number, needs: number[]): void {
    for (; this.next < this.sorted.length && this.sorted[this.next]!.offset < sizeBytes; this.next++)
      needs.push(this.sorted[this.next]!.index);
  }
}

/** Both halves of a rename need each other; or only the removal the other half. */
function joinGroups(units: CrashUnit[], requires: number[][], mayLeaveOldName: boolean): void {
  const groups = new Map<number, number[]>();
  units.forEach(({ effect }, index) => {
    if (effect.kind !== 'entry' || effect.group === null) return;
    groups.set(effect.group, [...(groups.get(effect.group) ?? []), index]);
  });
  for (const members of groups.values()) {
    for (const member of members) {
      const needed = members.filter(
        (other) => other !== member && !(mayLeaveOldName && isRemovalOfRename(units[other]!.effect)),
      );
      requires[member]!.push(...needed);
    }
  }
}

function* pieces(
  { offset, length }: { offset: number; length: number },
  unitBytes: number,
): Generator<[number, number]> {
  const end = offset + length;
  for (let from = offset; from < end; ) {
    const to = Math.min(end, (Math.floor(from / unitBytes) + 1) * unitBytes);
    yield [from, to - from];
    from = to;
  }
}

/**
 * The sizes a growing file passes through: ends of pages that are written back. A truncation, or growth without data, is one
 * step, and so is a hole that a write leaves behind the old end.
 */
function sizes({ from, to }: { from: number; to: number }, data: readonly DataEffect[]): number[] {
  if (data.length === 0 || to <= from) return [to];
  const written = Math.max(from, Math.min(...data.map(({ offset }) => offset)));
  const passed: number[] = [];
  for (let size = (Math.floor(written / pageBytes) + 1) * pageBytes; size < to; size += pageBytes)
    passed.push(size);
  return [...passed, to];
}
