/**
 * Small random recordings, small enough that every crash state of them can be written down.
 *
 * A sector's content is one number (its tag), repeated over its 512 bytes; tags are few, so that different
 * writes often hold the same bytes, and 0 is what a discarded sector reads as.
 */
import fc from 'fast-check';
import type { Recording } from '../../harness/explore/crash-image.js';
import { LogIndex } from '../../harness/explore/log-index.js';
import { type Granularity, Pieces } from '../../harness/explore/pieces.js';
import type { BlockOperation } from '../../harness/trace/operation.js';

/** What happened, in order. A mark is an entry of the log; an ack without one only lies between two entries. */
export type SmallEntry =
  | { kind: 'write'; sector: number; tags: number[]; fua: boolean }
  | { kind: 'discard'; sector: number; count: number; fua: boolean }
  /** Of one of the disks. */
  | { kind: 'flush'; disk: number }
  | { kind: 'ack'; mark: boolean };

export interface SmallLog {
  /** One, or two with one power, the second behind the first. */
  disks: 1 | 2;
  base: number[];
  entries: SmallEntry[];
  granularity: Granularity;
  atomicUnitBytes: 512 | 4096;
  discard: 'zeros' | 'ignored';
}

/** Three blocks of 4096 bytes; where there are two disks, the last is the second one's. */
export const deviceSectors = 24;
const secondDiskSector = 16;

/** The disk that a sector is of. */
export function diskOf({ disks }: Pick<SmallLog, 'disks'>, sector: number): number {
  return disks === 2 && sector >= secondDiskSector ? 1 : 0;
}
const maxPieces = 8;

const tag = fc.integer({ min: 0, max: 4 });
const sector = fc.oneof(
  fc.integer({ min: 0, max: deviceSectors - 1 }),
  // Around the border of two blocks, where torn writes are.
  fc.integer({ min: 5, max: 9 }),
);
const isFua = fc.integer({ min: 0, max: 3 }).map((n) => n === 0);

const entry: fc.Arbitrary<SmallEntry> = fc.oneof(
  {
    weight: 7,
    arbitrary: fc
      .record({ sector, tags: fc.array(tag, { minLength: 1, maxLength: 5 }), fua: isFua })
      .map(({ sector, tags, fua }) => ({
        kind: 'write' as const,
        sector,
        tags: tags.slice(0, deviceSectors - sector),
        fua,
      })),
  },
  {
    weight: 1,
    arbitrary: fc
      .record({ sector, count: fc.integer({ min: 1, max: 10 }), fua: isFua })
      .map(({ sector, count, fua }) => ({
        kind: 'discard' as const,
        sector,
        count: Math.min(count, deviceSectors - sector),
        fua,
      })),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom({ kind: 'flush' as const, disk: 0 }, { kind: 'flush' as const, disk: 1 }),
  },
  { weight: 2, arbitrary: fc.boolean().map((mark) => ({ kind: 'ack' as const, mark })) },
);

export const smallLog: fc.Arbitrary<SmallLog> = fc
  .record({
    disks: fc.constantFrom<1 | 2>(1, 2),
    base: fc.array(tag, { minLength: deviceSectors, maxLength: deviceSectors }),
    entries: fc.array(entry, { maxLength: 9 }),
    granularity: fc.constantFrom<Granularity>('torn', 'write', 'block', 'sector'),
    atomicUnitBytes: fc.constantFrom<512 | 4096>(512, 4096),
    discard: fc.constantFrom<'zeros' | 'ignored'>('zeros', 'ignored'),
  })
  .map((log) => ({ ...log, entries: log.entries.map((entry) => onOneDisk(log, entry)) }))
  .map((log) => ({ ...log, entries: withinBounds(log) }));

/** No write or discard goes from one disk to the other, and there is no flush of a disk that is not there. */
function onOneDisk(log: Pick<SmallLog, 'disks'>, entry: SmallEntry): SmallEntry {
  if (entry.kind === 'ack') return entry;
  if (entry.kind === 'flush') return { ...entry, disk: Math.min(entry.disk, log.disks - 1) };
  const room = diskOf(log, entry.sector) < log.disks - 1 ? secondDiskSector - entry.sector : deviceSectors;
  return entry.kind === 'write'
    ? { ...entry, tags: entry.tags.slice(0, room) }
    : { ...entry, count: Math.min(entry.count, room) };
}

/** Entries as long as their sectors are few enough to enumerate all subsets, whatever the granularity. */
function withinBounds({ entries, granularity, atomicUnitBytes }: SmallLog): SmallEntry[] {
  const isFine = granularity === 'sector' && atomicUnitBytes === 512;
  let left = maxPieces;
  return entries.filter((entry) => {
    if (entry.kind === 'flush' || entry.kind === 'ack') return true;
    const sectors = entry.kind === 'write' ? entry.tags.length : entry.count;
    // Otherwise no entry is longer than 10 sectors, which touch at most 3 units of 8.
    const cost = granularity === 'write' ? 1 : granularity === 'torn' ? 1.3 : isFine ? sectors : 3;
    if (cost > left) return false;
    left -= cost;
    return true;
  });
}

export interface Recorded {
  log: SmallLog;
  recording: Recording;
  acks: number[];
  endIndex: number;
}

/** The log as the explorer gets it from a trace. */
export function recorded(log: SmallLog, indexOf: typeof LogIndex = LogIndex): Recorded {
  const operations: BlockOperation[] = [];
  const payloads = new Map<number, number[]>();
  const acks: number[] = [];
  let index = 0;
  for (const entry of log.entries) {
    if (entry.kind === 'ack') {
      acks.push(index);
      if (entry.mark) index++;
      continue;
    }
    if (entry.kind === 'flush')
      operations.push({ index, kind: 'flush', sector: 0, sectorCount: 0, fua: false, disk: entry.disk });
    else {
      const { kind, sector, fua } = entry;
      const sectorCount = entry.kind === 'write' ? entry.tags.length : entry.count;
      operations.push({ index, kind, sector, sectorCount, fua, disk: diskOf(log, sector) });
      if (entry.kind === 'write') payloads.set(index, entry.tags);
    }
    index++;
  }
  const fill = (into: Buffer, tags: readonly number[], byteOffset: number): void => {
    for (let i = 0; i < into.length; i++) into[i] = tags[Math.floor((byteOffset + i) / 512)]!;
  };
  return {
    log,
    acks,
    endIndex: index,
    recording: {
      index: new indexOf(operations),
      pieces: new Pieces(operations, log.granularity, log.atomicUnitBytes),
      base: { read: (byteOffset, into) => fill(into, log.base, byteOffset), isVariable: () => false },
      payload: (operation, byteOffset, into) => fill(into, payloads.get(operation.index)!, byteOffset),
      discard: log.discard,
    },
  };
}
