import { sectorBytes } from '../disk/block-device.js';
import type { BaseImage, BlockOperation, PayloadReader } from '../trace/operation.js';
import { type CrashPoint, isPending } from './crash-points.js';
import type { Decider } from './decisions.js';
import { type LogIndex, overlaps } from './log-index.js';
import type { Pieces } from './pieces.js';

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
 * already settled that sector: nothing is decided that recovery does not depend on.
 */
export class CrashImage implements BaseImage {
  constructor(
    readonly recording: Recording,
    readonly point: CrashPoint,
    private readonly decider: Decider,
  ) {}

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

  #readWithinBlock(sector: number, into: Buffer): void {
    const candidates = this.recording.index.touching(Math.floor(sector / blockSectors));
    this.#resolve(sector, into, candidates, candidates.length - 1);
  }

  /** Settles a range from the candidates up to position `newest`. */
  #resolve(sector: number, into: Buffer, candidates: readonly BlockOperation[], newest: number): void {
    const sectorCount = into.length / sectorBytes;
    if (sectorCount === 0) return;
    let position = newest;
    while (position >= 0) {
      const candidate = candidates[position]!;
      if (candidate.index < this.point.logIndex && overlaps(candidate, sector, sectorCount)) break;
      position--;
    }
    if (position < 0) {
      this.recording.base.read(sector * sectorBytes, into);
      return;
    }
    const operation = candidates[position]!;
    const start = Math.max(sector, operation.sector);
    const end = Math.min(sector + sectorCount, this.recording.pieces.pieceEnd(operation, start));
    const from = (start - sector) * sectorBytes;
    const to = (end - sector) * sectorBytes;
    this.#resolve(sector, into.subarray(0, from), candidates, position);
    const inside = into.subarray(from, to);
    const present =
      !isPending(this.point, operation) ||
      this.decider.isPresent(this.recording.pieces.pieceAt(operation, start));
    if (!present) this.#resolve(start, inside, candidates, position - 1);
    else if (operation.kind === 'write') {
      this.recording.payload(operation, (start - operation.sector) * sectorBytes, inside);
    } else if (this.recording.discard === 'zeros') inside.fill(0);
    else this.#resolve(start, inside, candidates, position - 1);
    this.#resolve(end, into.subarray(to), candidates, position);
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
