import { sectorBytes } from '../disk/block-device.js';
import type { BlockOperation } from '../trace/operation.js';
import { type CrashPoint, isPending } from './crash-points.js';

export type Granularity = 'write' | 'block' | 'sector';

/**
 * What is kept or lost as one: a whole write, or the parts a torn write falls into.
 *
 * Pieces have numbers that are the same for the whole recording, so that a decision means the same at every
 * crash point and in every process that looks at the trace.
 */
export class Pieces {
  readonly #unitSectors: number;
  readonly #firstPiece = new Map<number, number>();
  readonly #owners: { first: number; operation: BlockOperation }[] = [];
  /** One past the last piece. */
  readonly end: number;

  constructor(
    readonly operations: readonly BlockOperation[],
    granularity: Granularity,
    atomicUnitBytes: number,
    /** Number of the first piece: a recording made on top of another's crash state continues its numbers. */
    firstPiece = 0,
  ) {
    const unitBytes = {
      write: Number.POSITIVE_INFINITY,
      block: Math.max(4096, atomicUnitBytes),
      sector: atomicUnitBytes,
    };
    this.#unitSectors = unitBytes[granularity] / sectorBytes;
    let next = firstPiece;
    for (const operation of operations) {
      if (operation.kind === 'flush' || operation.sectorCount === 0) continue;
      this.#firstPiece.set(operation.index, next);
      this.#owners.push({ first: next, operation });
      next += this.countOf(operation);
    }
    this.end = next;
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
    let low = 0;
    let high = this.#owners.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#owners[middle]!.first <= piece) low = middle;
      else high = middle - 1;
    }
    const { first, operation } = this.#owners[low]!;
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
    for (const { first, operation } of this.#owners) {
      if (operation.index >= point.logIndex) break;
      if (!isPending(point, operation)) continue;
      const count = this.countOf(operation);
      for (let i = 0; i < count; i++) pending.push(first + i);
    }
    return pending;
  }

  #unit(sector: number): number {
    return this.#unitSectors === Number.POSITIVE_INFINITY ? 0 : Math.floor(sector / this.#unitSectors);
  }
}
