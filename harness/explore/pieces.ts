import { sectorBytes } from '../disk/block-device.js';
import type { BlockOperation } from '../trace/operation.js';
import { type CrashPoint, isPending } from './crash-points.js';

/**
 * `write`: every write is there or not. `torn`: besides, each write that is larger than the disk's atomic unit is torn,
 * one at a time. `block` and `sector`: all writes fall into pieces, which are there or not independently.
 */
export type Granularity = 'torn' | 'write' | 'block' | 'sector';

/** How a crash image asks for pieces: which piece a sector of an operation lies in, and where that piece ends. */
export interface PieceView {
  /** The piece of `operation` that `sector` lies in. */
  pieceAt(operation: BlockOperation, sector: number): number;
  /** One past the last sector of `operation` that belongs to the same piece as `sector`. */
  pieceEnd(operation: BlockOperation, sector: number): number;
}

/**
 * What is kept or lost as one: a whole write, or the parts a torn write falls into.
 *
 * Pieces have numbers that are the same for the whole recording, so that a decision means the same at every
 * crash point and in every process that looks at the trace. Where single writes are torn (`torn`), the numbers of
 * their parts come after those of all whole writes, and only one who looks through `tearing` meets them.
 */
export class Pieces implements PieceView {
  readonly #unitSectors: number;
  readonly #firstPiece = new Map<number, number>();
  readonly #owners: { first: number; operation: BlockOperation }[] = [];
  /** Writes that can be torn, by the first of their parts, and by their own number. */
  readonly #torn: TornWrite[] = [];
  readonly #tornByPiece = new Map<number, TornWrite>();
  /** One past the last piece that is not a part of a torn write. */
  readonly #wholeEnd: number;
  /** One past the last piece. */
  readonly end: number;
  /** How many disks were recorded, as far as anything was done to them. */
  readonly #disks: number;

  constructor(
    readonly operations: readonly BlockOperation[],
    granularity: Granularity,
    atomicUnitBytes: number,
    /** Number of the first piece: a recording made on top of another's crash state continues its numbers. */
    firstPiece = 0,
  ) {
    const unitBytes = {
      torn: Number.POSITIVE_INFINITY,
      write: Number.POSITIVE_INFINITY,
      block: Math.max(4096, atomicUnitBytes),
      sector: atomicUnitBytes,
    };
    this.#unitSectors = unitBytes[granularity] / sectorBytes;
    this.#disks = 1 + operations.reduce((last, { disk = 0 }) => Math.max(last, disk), 0);
    let next = firstPiece;
    for (const operation of operations) {
      if (operation.kind === 'flush' || operation.sectorCount === 0) continue;
      this.#firstPiece.set(operation.index, next);
      this.#owners.push({ first: next, operation });
      next += this.countOf(operation);
    }
    this.#wholeEnd = next;
    if (granularity === 'torn') {
      for (const { first, operation } of this.#owners) {
        const starts = operation.kind === 'write' ? partStarts(operation, atomicUnitBytes / sectorBytes) : [];
        if (starts.length < 2) continue;
        const torn = new TornWrite(first, operation, next, starts);
        this.#torn.push(torn);
        this.#tornByPiece.set(first, torn);
        next += starts.length;
      }
    }
    this.end = next;
  }

  /** The write that a piece is, as one that can be torn; undefined when it cannot. */
  tearable(piece: number): TornWrite | undefined {
    return this.#tornByPiece.get(piece);
  }

  /** The torn write that a piece is a part of; undefined for any other piece. */
  tornBy(part: number): TornWrite | undefined {
    if (part < this.#wholeEnd) return undefined;
    return this.#torn[lastAtOrBefore(this.#torn, part)];
  }

  /** Everything whole but this write, which falls into its parts. */
  tearing(torn: TornWrite): PieceView {
    return {
      pieceAt: (operation, sector) =>
        operation === torn.operation ? torn.partAt(sector) : this.pieceAt(operation, sector),
      pieceEnd: (operation, sector) =>
        operation === torn.operation ? torn.partEnd(sector) : this.pieceEnd(operation, sector),
    };
  }

  /** The view in which these lost pieces, perhaps parts of one write, are pieces. */
  viewOf(lost: Iterable<number>): PieceView {
    for (const piece of lost) {
      const torn = this.tornBy(piece);
      if (torn) return this.tearing(torn);
    }
    return this;
  }

  countOf(operation: BlockOperation): number {
    if (operation.kind === 'flush' || operation.sectorCount === 0) return 0;
    return this.#unit(operation.sector + operation.sectorCount - 1) - this.#unit(operation.sector) + 1;
  }

  /** The piece of `operation` that `sector` lies in. */
  pieceAt(operation: BlockOperation, sector: number): number {
    return this.#firstPiece.get(operation.index)! + this.#unit(sector) - this.#unit(operation.sector);
  }

  /** One past the last sector of `operation` that belongs to the same piece as `sector`. */
  pieceEnd(operation: BlockOperation, sector: number): number {
    const end = operation.sector + operation.sectorCount;
    if (this.#unitSectors === Number.POSITIVE_INFINITY) return end;
    return Math.min(end, (this.#unit(sector) + 1) * this.#unitSectors);
  }

  /** The operation a piece belongs to, and the sectors it covers. */
  describe(piece: number): { operation: BlockOperation; sector: number; sectorCount: number } {
    if (this.#owners.length === 0 || piece < this.#owners[0]!.first || piece >= this.end)
      throw new RangeError(`no piece ${piece} in this recording`);
    const torn = this.tornBy(piece);
    if (torn) return torn.describe(piece);
    const { first, operation } = this.#owners[lastAtOrBefore(this.#owners, piece)]!;
    if (this.#unitSectors === Number.POSITIVE_INFINITY) {
      return { operation, sector: operation.sector, sectorCount: operation.sectorCount };
    }
    const unit = this.#unit(operation.sector) + piece - first;
    const sector = Math.max(operation.sector, unit * this.#unitSectors);
    return { operation, sector, sectorCount: this.pieceEnd(operation, sector) - sector };
  }

  /** All pieces that are undecided at a crash point, oldest first. */
  pendingAt(point: CrashPoint): number[] {
    const pending: number[] = [];
    // What came before the last flush of each disk is durable.
    const flushes = point.lastFlushes;
    const lastFlush = flushes.length < this.#disks ? -1 : Math.min(...flushes);
    let from = 0;
    let to = this.#owners.length;
    while (from < to) {
      const middle = (from + to) >> 1;
      if (this.#owners[middle]!.operation.index < lastFlush) from = middle + 1;
      else to = middle;
    }
    for (let at = from; at < this.#owners.length; at++) {
      const { first, operation } = this.#owners[at]!;
      if (operation.index >= point.logIndex) break;
      if (!isPending(point, operation)) continue;
      const count = this.countOf(operation);
      for (let i = 0; i < count; i++) pending.push(first + i);
    }
    return pending;
  }

  /** Pieces by the disk they are on. */
  byDisk(pieces: readonly number[]): number[][] {
    const disks: number[][] = Array.from({ length: this.#disks }, () => []);
    for (const piece of pieces) disks[this.describe(piece).operation.disk ?? 0]!.push(piece);
    return disks;
  }

  #unit(sector: number): number {
    return this.#unitSectors === Number.POSITIVE_INFINITY ? 0 : Math.floor(sector / this.#unitSectors);
  }
}

/** A write falls into at most so many parts. */
export const partsPerWrite = 16;

/** A write that is larger than the disk's atomic unit, and the parts it is torn into. */
export class TornWrite {
  constructor(
    /** Its number as a whole write. */
    readonly piece: number,
    readonly operation: BlockOperation,
    /** The number of its first part; the others follow. */
    readonly first: number,
    /** Where its parts begin, ascending. */
    private readonly starts: readonly number[],
  ) {}

  get parts(): number {
    return this.starts.length;
  }

  partAt(sector: number): number {
    return this.first + this.#position(sector);
  }

  partEnd(sector: number): number {
    return this.#end(this.#position(sector));
  }

  describe(part: number): { operation: BlockOperation; sector: number; sectorCount: number } {
    const position = part - this.first;
    const sector = this.starts[position]!;
    return { operation: this.operation, sector, sectorCount: this.#end(position) - sector };
  }

  #end(position: number): number {
    return this.starts[position + 1] ?? this.operation.sector + this.operation.sectorCount;
  }

  #position(sector: number): number {
    let position = 0;
    while (position + 1 < this.starts.length && this.starts[position + 1]! <= sector) position++;
    return position;
  }
}

/**
 * Where a write can be torn: at each border of the disk's atomic units, or where there are too many, one unit off both
 * ends (headers and trailers are there) and evenly in between.
 */
function partStarts({ sector, sectorCount }: BlockOperation, unitSectors: number): number[] {
  const starts = [sector];
  const end = sector + sectorCount;
  for (let at = (Math.floor(sector / unitSectors) + 1) * unitSectors; at < end; at += unitSectors)
    starts.push(at);
  if (starts.length <= partsPerWrite) return starts;
  const inner = partsPerWrite - 2;
  const chosen = new Set([0, 1, starts.length - 1]);
  for (let i = 1; i < inner; i++) chosen.add(1 + Math.round((i * (starts.length - 2)) / inner));
  return starts.filter((_, i) => chosen.has(i));
}

/** Position of the last one whose first number is not above `number`. */
function lastAtOrBefore(list: readonly { first: number }[], number: number): number {
  let low = 0;
  let high = list.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (list[middle]!.first <= number) low = middle;
    else high = middle - 1;
  }
  return low;
}
