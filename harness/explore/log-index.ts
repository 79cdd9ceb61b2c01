import type { BlockOperation } from '../trace/operation.js';

const blockSectors = 8;
/** An operation over more blocks than this is kept in a short list of its own instead of in every block. */
const wideBlocks = 4096;

/** Finds the recorded writes and discards that touch a sector range, newest first. */
export class LogIndex {
  readonly #byBlock = new Map<number, BlockOperation[]>();
  readonly #wide: BlockOperation[] = [];

  constructor(readonly operations: readonly BlockOperation[]) {
    for (const operation of operations) {
      if (operation.kind === 'flush' || operation.sectorCount === 0) continue;
      const first = Math.floor(operation.sector / blockSectors);
      const last = Math.floor((operation.sector + operation.sectorCount - 1) / blockSectors);
      if (last - first >= wideBlocks) {
        this.#wide.push(operation);
        continue;
      }
      for (let block = first; block <= last; block++) {
        const list = this.#byBlock.get(block);
        if (list) list.push(operation);
        else this.#byBlock.set(block, [operation]);
      }
    }
  }

  /** Operations with an index below `logIndex` that may touch the block, oldest first. */
  touching(block: number): readonly BlockOperation[] {
    const own = this.#byBlock.get(block) ?? none;
    if (this.#wide.length === 0) return own;
    const wide = this.#wide.filter((operation) => overlaps(operation, block * blockSectors, blockSectors));
    if (wide.length === 0) return own;
    return [...own, ...wide].sort((a, b) => a.index - b.index);
  }
}

const none: readonly BlockOperation[] = [];

/** Do the operation's sectors and the range share one? */
export function overlaps(operation: BlockOperation, sector: number, sectorCount: number): boolean {
  return operation.sector < sector + sectorCount && sector < operation.sector + operation.sectorCount;
}
