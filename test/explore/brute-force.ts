/**
 * What a power cut can leave behind, said as plainly as possible and without any of the explorer's code: an array
 * of sectors, and writes applied to it oldest first.
 */
import { diskOf, type SmallLog } from './small-log.js';

/** What is kept or lost as one; `number` counts all units of the log, those of durable writes too. */
export interface Unit {
  number: number;
  /** Position of its write or discard in the block log. */
  index: number;
  sectors: { sector: number; tag: number | null }[];
  fua: boolean;
  /** The atomic units of a write that can be torn, numbered after all units of the log; empty where none can. */
  parts: { number: number; sectors: number[] }[];
}

export interface Moment {
  /** Position in the block log of the last write, discard or flush that was submitted; -1 before the first. */
  last: number;
  acks: number;
  /** Units by whether the disk still holds them in its cache, oldest first. */
  units: (Unit & { pending: boolean })[];
}

/** The units of each write or discard, by its position among the entries of the small log. */
function unitsOf(log: SmallLog): Map<number, Unit[]> {
  const unitSectors =
    log.granularity === 'write' || log.granularity === 'torn'
      ? Number.POSITIVE_INFINITY
      : (log.granularity === 'block' ? 4096 : log.atomicUnitBytes) / 512;
  const byEntry = new Map<number, Unit[]>();
  let number = 0;
  let index = 0;
  log.entries.forEach((entry, position) => {
    if (entry.kind === 'write' || entry.kind === 'discard') {
      const groups = new Map<number, Unit>();
      const count = entry.kind === 'write' ? entry.tags.length : entry.count;
      for (let i = 0; i < count; i++) {
        const sector = entry.sector + i;
        const group = unitSectors === Number.POSITIVE_INFINITY ? 0 : Math.floor(sector / unitSectors);
        if (!groups.has(group))
          groups.set(group, { number: number++, index, sectors: [], fua: entry.fua, parts: [] });
        const tag = entry.kind === 'write' ? entry.tags[i]! : log.discard === 'zeros' ? 0 : null;
        groups.get(group)!.sectors.push({ sector, tag });
      }
      byEntry.set(position, [...groups.values()]);
    }
    if (entry.kind !== 'ack' || entry.mark) index++;
  });
  if (log.granularity !== 'torn') return byEntry;
  log.entries.forEach((entry, position) => {
    if (entry.kind !== 'write') return;
    const [unit] = byEntry.get(position)!;
    const parts = new Map<number, number[]>();
    for (const { sector } of unit!.sectors) {
      const atom = Math.floor((sector * 512) / log.atomicUnitBytes);
      parts.set(atom, [...(parts.get(atom) ?? []), sector]);
    }
    if (parts.size < 2) return;
    unit!.parts = [...parts.values()].map((sectors) => ({ number: number++, sectors }));
  });
  return byEntry;
}

/** Every instant at which the power can go: before, during and after each thing that happened. */
export function moments(log: SmallLog): Moment[] {
  const byEntry = unitsOf(log);
  const units: Moment['units'] = [];
  let index = 0;
  let last = -1;
  let acks = 0;
  const all: Moment[] = [];
  const now = (): void => {
    all.push({ last, acks, units: units.map((unit) => ({ ...unit })) });
  };
  now();
  log.entries.forEach((entry, position) => {
    if (entry.kind === 'ack') {
      acks++;
      if (entry.mark) index++;
    } else {
      last = index++;
      for (const unit of byEntry.get(position) ?? []) units.push({ ...unit, pending: true });
      now();
      for (const unit of units) {
        const isFlushed = entry.kind === 'flush' && entry.disk === diskOf(log, unit.sectors[0]!.sector);
        if (isFlushed || (entry.kind !== 'flush' && entry.fua && unit.index === last)) unit.pending = false;
      }
    }
    now();
  });
  return all;
}

export function pendingOf({ units }: Moment): number[] {
  return units.filter(({ pending }) => pending).map(({ number }) => number);
}

/** The sectors after a cut at this moment, when these units were lost. */
export function contentAfter(log: SmallLog, { units }: Moment, lost: ReadonlySet<number>): number[] {
  const content = [...log.base];
  for (const unit of units) {
    if (unit.pending && lost.has(unit.number)) continue;
    const torn = unit.pending ? unit.parts.filter(({ number }) => lost.has(number)) : [];
    for (const { sector, tag } of unit.sectors) {
      if (tag !== null && !torn.some(({ sectors }) => sectors.includes(sector))) content[sector] = tag;
    }
  }
  return content;
}

/**
 * All crash states at a moment by the log's granularity: every choice of lost units, and each write torn: cut in two
 * with either side lost, without one of its parts, and with one of them only.
 */
export function* allStates(moment: Moment): Generator<Set<number>> {
  const pending = pendingOf(moment);
  yield* allSubsets(pending);
  for (const { number, parts } of moment.units.filter((unit) => unit.pending)) {
    const numbers = parts.map((part) => part.number);
    const tears = new Map<string, number[]>();
    for (const [i, part] of numbers.entries()) {
      for (const lost of [
        numbers.slice(0, i),
        numbers.slice(i),
        [part],
        numbers.filter((other) => other !== part),
      ]) {
        if (lost.length > 0 && lost.length < numbers.length) tears.set(lost.join(), lost);
      }
    }
    for (const tear of tears.values()) {
      for (const lost of allSubsets(pending.filter((other) => other !== number)))
        yield new Set([...lost, ...tear]);
    }
  }
}

/** All 2^n choices of lost units. */
export function* allSubsets(pending: readonly number[]): Generator<Set<number>> {
  for (let bits = 0; bits < 2 ** pending.length; bits++) {
    yield new Set(pending.filter((_, i) => bits & (1 << i)));
  }
}
