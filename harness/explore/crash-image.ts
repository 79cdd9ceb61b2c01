import { sectorBytes } from '../disk/block-device.js';
import type { BaseImage, BlockOperation, PayloadReader } from '../trace/operation.js';
import { type CrashPoint, isPending } from './crash-points.js';
import { type Decider, EagerDecisions } from './decisions.js';
import { type LogIndex, overlaps } from './log-index.js';
import type { Pieces, PieceView } from './pieces.js';

const blockSectors = 8;
const blockBytes = blockSectors * sectorBytes;

/** What all crash states of one recording share. */
export interface Recording {
  index: LogIndex;
  pieces: Pieces;
  base: BaseImage;
  payload: PayloadReader;
  /** What a discarded range reads as when the discard took effect: zeros, or (`ignored`) what was there. */
  discard: 'zeros' | 'ignored';
}

/**
 * The disk content after a power cut at one crash point.
 *
 * For every sector the newest write that is durable, or pending and present, wins; below all of them lies the
 * base image. A pending piece is decided when a sector it covers is first needed, and only if no newer write
 * already settled that sector, and if the bytes there depend on it: nothing is decided that recovery does not depend
 * on.
 */
export class CrashImage implements BaseImage {
  /** @param view what is a piece: all writes whole, or one of them torn */
  constructor(
    readonly recording: Recording,
    readonly point: CrashPoint,
    private readonly decider: Decider,
    private readonly view: PieceView = recording.pieces,
  ) {}

  /** The crash state in which these pieces were lost, parts of a torn write among them. */
  static without(lost: readonly number[], recording: Recording, point: CrashPoint): CrashImage {
    return new CrashImage(recording, point, new EagerDecisions(lost), recording.pieces.viewOf(lost));
  }

  /** Fills `into` from `byteOffset`; both whole sectors. */
  read(byteOffset: number, into: Buffer): void {
    let done = 0;
    while (done < into.length) {
      const offset = byteOffset + done;
      const length = Math.min(blockBytes - (offset % blockBytes), into.length - done);
      this.#readWithinBlock(offset / sectorBytes, into.subarray(done, done + length));
      done += length;
    }
  }

  /** Can this range, which lies within one 4096-byte block, differ between crash states of the recording? */
  isVariable(byteOffset: number, lengthBytes: number): boolean {
    const sector = byteOffset / sectorBytes;
    const sectorCount = lengthBytes / sectorBytes;
    const candidates = this.recording.index.touching(Math.floor(sector / blockSectors));
    return (
      candidates.some((operation) => overlaps(operation, sector, sectorCount)) ||
      this.recording.base.isVariable(byteOffset, lengthBytes)
    );
  }

  /**
   * The operation that all of a range, which lies within one block, holds, or the base image; null where that is not
   * settled, or several of them share it. Decides nothing.
   */
  sourceOf(byteOffset: number, lengthBytes: number): BlockOperation | BaseImage | null {
    const sector = byteOffset / sectorBytes;
    const end = sector + lengthBytes / sectorBytes;
    const candidates = this.recording.index.touching(Math.floor(sector / blockSectors));
    let newest = this.#lastSubmitted(candidates);
    for (;;) {
      newest = this.#newestAmong(candidates, newest, sector, end - sector);
      if (newest < 0) {
        const { base } = this.recording;
        return base.isVariable(byteOffset, lengthBytes) ? null : base;
      }
      const operation = candidates[newest]!;
      if (operation.kind !== 'write' || operation.sector > sector) return null;
      if (operation.sector + operation.sectorCount < end) return null;
      if (!isPending(this.point, operation)) return operation;
      if (this.view.pieceEnd(operation, sector) < end) return null;
      const known = this.decider.known(this.view.pieceAt(operation, sector));
      if (known !== false) return known === true ? operation : null;
      newest--;
    }
  }

  /** What a range within one block holds, if that is the same whatever is undecided; else null. Decides nothing. */
  settled(byteOffset: number, lengthBytes: number): Buffer | null {
    const sector = byteOffset / sectorBytes;
    const candidates = this.recording.index.touching(Math.floor(sector / blockSectors));
    return this.#settled(sector, lengthBytes, candidates, this.#lastSubmitted(candidates));
  }

  #readWithinBlock(sector: number, into: Buffer): void {
    const candidates = this.recording.index.touching(Math.floor(sector / blockSectors));
    this.#resolve(sector, into, candidates, this.#lastSubmitted(candidates));
  }

  /** Position of the last candidate that had been submitted; a block that is written over and over has many more. */
  #lastSubmitted(candidates: readonly BlockOperation[]): number {
    let from = 0;
    let to = candidates.length;
    while (from < to) {
      const middle = (from + to) >> 1;
      if (candidates[middle]!.index < this.point.logIndex) from = middle + 1;
      else to = middle;
    }
    return from - 1;
  }

  /** Settles a range from the candidates up to position `newest`. */
  #resolve(sector: number, into: Buffer, candidates: readonly BlockOperation[], newest: number): void {
    const sectorCount = into.length / sectorBytes;
    if (sectorCount === 0) return;
    const position = this.#newestAmong(candidates, newest, sector, sectorCount);
    if (position < 0) {
      this.recording.base.read(sector * sectorBytes, into);
      return;
    }
    const operation = candidates[position]!;
    const start = Math.max(sector, operation.sector);
    const end = Math.min(sector + sectorCount, this.view.pieceEnd(operation, start));
    const from = (start - sector) * sectorBytes;
    const to = (end - sector) * sectorBytes;
    this.#resolve(sector, into.subarray(0, from), candidates, position);
    this.#resolvePiece(start, into.subarray(from, to), candidates, position);
    this.#resolve(end, into.subarray(to), candidates, position);
  }

  /**
   * Settles a range that lies within one piece of the candidate at `position`, the newest there. Where the next older one
   * covers all of it, too, this goes on here: a block may have been written thousands of times since the last flush.
   */
  #resolvePiece(sector: number, into: Buffer, candidates: readonly BlockOperation[], position: number): void {
    const sectorCount = into.length / sectorBytes;
    for (let at = position; ; ) {
      if (this.#settlesPiece(sector, into, candidates, at)) return;
      const next = this.#newestAmong(candidates, at - 1, sector, sectorCount);
      if (next < 0 || !this.#coversAll(candidates[next]!, sector, sectorCount)) {
        this.#resolve(sector, into, candidates, at - 1);
        return;
      }
      at = next;
    }
  }

  /** Whether the candidate at `position` says what the range holds; it is in `into` then. */
  #settlesPiece(
    sector: number,
    into: Buffer,
    candidates: readonly BlockOperation[],
    position: number,
  ): boolean {
    const operation = candidates[position]!;
    const piece = isPending(this.point, operation) ? this.view.pieceAt(operation, sector) : null;
    const known = piece === null ? true : this.decider.known(piece);
    // The latter is a discard that changes nothing.
    if (known === false || !this.#fill(operation, sector, into)) return false;
    if (known === true) return true;
    const without = this.#settled(sector, into.length, candidates, position - 1);
    return without?.equals(into) || this.decider.isPresent(piece!);
  }

  /** The range lies within one piece of the operation. */
  #coversAll(operation: BlockOperation, sector: number, sectorCount: number): boolean {
    return operation.sector <= sector && this.view.pieceEnd(operation, sector) >= sector + sectorCount;
  }

  /** What the operation makes of a range; false when it leaves what was there. */
  #fill(operation: BlockOperation, sector: number, into: Buffer): boolean {
    if (operation.kind === 'write')
      this.recording.payload(operation, (sector - operation.sector) * sectorBytes, into);
    else if (this.recording.discard === 'zeros') into.fill(0);
    else return false;
    return true;
  }

  /** What a range holds as far as candidates up to `newest` say, if that is the same whatever is undecided; else null. */
  #settled(
    sector: number,
    lengthBytes: number,
    candidates: readonly BlockOperation[],
    newest: number,
  ): Buffer | null {
    const sectorCount = lengthBytes / sectorBytes;
    /** What undecided writes above hold: what is below has to be the same. */
    let above: Buffer | null = null;
    const unlessOther = (found: Buffer | null): Buffer | null =>
      found === null || (above !== null && !above.equals(found)) ? null : found;
    for (let last = newest; ; ) {
      const position = this.#newestAmong(candidates, last, sector, sectorCount);
      if (position < 0) return unlessOther(this.#settledBase(sector, lengthBytes));
      const operation = candidates[position]!;
      if (!this.#coversAll(operation, sector, sectorCount))
        return unlessOther(this.#settledParts(sector, lengthBytes, candidates, position));
      const known = isPending(this.point, operation)
        ? this.decider.known(this.view.pieceAt(operation, sector))
        : true;
      const held = Buffer.allocUnsafe(lengthBytes);
      if (known !== false && this.#fill(operation, sector, held)) {
        if (unlessOther(held) === null) return null;
        if (known === true) return held;
        above = held;
      }
      last = position - 1;
    }
  }

  #settledBase(sector: number, lengthBytes: number): Buffer | null {
    const { base } = this.recording;
    if (base.isVariable(sector * sectorBytes, lengthBytes)) return null;
    const held = Buffer.allocUnsafe(lengthBytes);
    base.read(sector * sectorBytes, held);
    return held;
  }

  /** The same where one piece of the candidate at `position` is but a part of the range. */
  #settledParts(
    sector: number,
    lengthBytes: number,
    candidates: readonly BlockOperation[],
    position: number,
  ): Buffer | null {
    const past = sector + lengthBytes / sectorBytes;
    const operation = candidates[position]!;
    const start = Math.max(sector, operation.sector);
    const end = Math.min(past, this.view.pieceEnd(operation, start));
    const parts = [
      [sector, start],
      [start, end],
      [end, past],
    ] as const;
    const held: Buffer[] = [];
    for (const [from, to] of parts) {
      if (from === to) continue;
      const part = this.#settled(from, (to - from) * sectorBytes, candidates, position);
      if (!part) return null;
      held.push(part);
    }
    return Buffer.concat(held);
  }

  /**
   * Does what this range of a pending write holds depend on that write, whatever is decided of older ones? False only
   * where it certainly does not.
   */
  dependsOn(operation: BlockOperation, sector: number, sectorCount: number): boolean {
    for (let at = sector; at < sector + sectorCount; ) {
      const block = Math.floor(at / blockSectors);
      const end = Math.min(sector + sectorCount, (block + 1) * blockSectors);
      const candidates = this.recording.index.touching(block);
      const own = Buffer.allocUnsafe((end - at) * sectorBytes);
      this.#fill(operation, at, own);
      const without = this.#settled(at, own.length, candidates, candidates.indexOf(operation) - 1);
      if (!without?.equals(own)) return true;
      at = end;
    }
    return false;
  }

  /** Position of the newest candidate up to `newest` that had been submitted and has a sector there; -1 without one. */
  #newestAmong(
    candidates: readonly BlockOperation[],
    newest: number,
    sector: number,
    sectorCount: number,
  ): number {
    let position = newest;
    while (position >= 0) {
      const candidate = candidates[position]!;
      if (candidate.index < this.point.logIndex && overlaps(candidate, sector, sectorCount)) break;
      position--;
    }
    return position;
  }
}

/** Splits a byte range at 4096-byte borders: the pieces in which reads are remembered. */
export function* blockwise(
  byteOffset: number,
  lengthBytes: number,
): Generator<[offset: number, length: number]> {
  let done = 0;
  while (done < lengthBytes) {
    const offset = byteOffset + done;
    const length = Math.min(blockBytes - (offset % blockBytes), lengthBytes - done);
    yield [offset, length];
    done += length;
  }
}
