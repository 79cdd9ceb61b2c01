/** A range of a file and the bytes in it. */
export interface DataRange {
  readonly offset: number;
  readonly bytes: Buffer;
}

const chunkBytes = 4096;
const zeros = Buffer.alloc(64 * 1024);

/**
 * What a file holds: the bytes of some ranges, in order and apart from each other, and zeros everywhere else. Memory and
 * time are proportional to the ranges, however long the file is (lseek(2), SEEK_DATA).
 */
export class FileBytes {
  static readonly empty = new FileBytes(0, []);

  constructor(
    readonly length: number,
    readonly ranges: readonly DataRange[],
  ) {}

  static of(bytes: Buffer): FileBytes {
    return new FileBytes(bytes.length, bytes.length === 0 ? [] : [{ offset: 0, bytes }]);
  }

  equals(other: FileBytes): boolean {
    return this === other || (this.length === other.length && this.firstDifference(other) < 0);
  }

  /** Position of the first byte that differs among those that both have; -1 when there is none. */
  firstDifference(other: FileBytes): number {
    for (const { from, to } of this.differences(other)) {
      const [mine, others] = [this.read(from, to), other.read(from, to)];
      return from + mine.findIndex((byte, i) => byte !== others[i]);
    }
    return -1;
  }

  /** Ranges that differ somewhere, of at most 4096 bytes each, among the bytes that both have. */
  *differences(other: FileBytes): Generator<{ from: number; to: number }> {
    const length = Math.min(this.length, other.length);
    const borders = new Set<number>();
    for (const { offset, bytes } of [...this.ranges, ...other.ranges])
      for (const at of [offset, offset + bytes.length]) borders.add(Math.min(at, length));
    const sorted = [...borders].sort((a, b) => a - b);
    const [mine, others] = [new Cursor(this.ranges), new Cursor(other.ranges)];
    for (let i = 0; i + 1 < sorted.length; i++) {
      const [from, to] = [sorted[i]!, sorted[i + 1]!];
      const [a, b] = [mine.piece(from, to), others.piece(from, to)];
      if (isSamePiece(a, b)) continue;
      for (let at = from; at < to; at += chunkBytes) {
        const until = Math.min(to, at + chunkBytes);
        const part = (piece: Buffer | null): Buffer | null =>
          piece?.subarray(at - from, until - from) ?? null;
        if (!isSamePiece(part(a), part(b))) yield { from: at, to: until };
      }
    }
  }

  /** A part of it, as bytes. */
  read(from: number, to: number): Buffer {
    const result = Buffer.alloc(Math.max(0, Math.min(to, this.length) - from));
    for (const { offset, bytes } of this.ranges)
      if (offset < from + result.length && offset + bytes.length > from)
        bytes.copy(result, Math.max(0, offset - from), Math.max(0, from - offset));
    return result;
  }

  /** All of it as text. */
  toString(): string {
    return this.read(0, this.length).toString();
  }

  /** Its first bytes. */
  first(length: number): FileBytes {
    if (length >= this.length) return this;
    const ranges = this.ranges
      .filter(({ offset }) => offset < length)
      .map(({ offset, bytes }) => ({ offset, bytes: bytes.subarray(0, length - offset) }));
    return new FileBytes(length, ranges);
  }

  /** All of it in order: the bytes of each range, and null for each hole. */
  *pieces(): Generator<{ offset: number; length: number; bytes: Buffer | null }> {
    let end = 0;
    for (const { offset, bytes } of this.ranges) {
      if (offset > end) yield { offset: end, length: offset - end, bytes: null };
      yield { offset, length: bytes.length, bytes };
      end = offset + bytes.length;
    }
    if (this.length > end) yield { offset: end, length: this.length - end, bytes: null };
  }

  isZeroFrom(position: number): boolean {
    return this.ranges.every(({ offset, bytes }) =>
      isZero(bytes.subarray(Math.min(bytes.length, Math.max(0, position - offset)))),
    );
  }
}

/** Finds the range that a piece lies in, going forward. */
class Cursor {
  #next = 0;

  constructor(private readonly ranges: readonly DataRange[]) {}

  /** The bytes of a piece that no border lies within; null in a hole. */
  piece(from: number, to: number): Buffer | null {
    for (; this.#next < this.ranges.length; this.#next++) {
      const { offset, bytes } = this.ranges[this.#next]!;
      if (offset > from) return null;
      if (from < offset + bytes.length) return bytes.subarray(from - offset, to - offset);
    }
    return null;
  }
}

function isSamePiece(a: Buffer | null, b: Buffer | null): boolean {
  if (a && b) return a.equals(b);
  return isZero(a ?? b ?? Buffer.alloc(0));
}

function isZero(bytes: Buffer): boolean {
  for (let at = 0; at < bytes.length; at += zeros.length) {
    const part = bytes.subarray(at, at + zeros.length);
    if (!part.equals(zeros.subarray(0, part.length))) return false;
  }
  return true;
}
