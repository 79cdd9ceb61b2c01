import { createHash } from 'node:crypto';
import { type DataRange, FileBytes } from '../trace/file-bytes.js';

const pageBytes = 4096;
const zeroPage = Buffer.alloc(pageBytes);

/**
 * A file's bytes, sparse: pages nobody wrote read as zeros. Copies share pages until one side writes, so that a
 * version of a large file costs only what differs.
 *
 * Data and size are separate, as they are on a disk: `write` may put bytes behind the end, where they stay unseen
 * until `resize` moves the end past them.
 */
export class Content {
  size = 0;
  private pages = new Map<number, Buffer>();
  private owned = new Set<number>();

  static of(bytes: Uint8Array | FileBytes): Content {
    const content = new Content();
    if (bytes instanceof FileBytes)
      for (const { offset, bytes: data } of bytes.ranges) content.write(offset, data);
    else content.write(0, bytes);
    content.size = bytes.length;
    return content;
  }

  clone(): Content {
    const copy = new Content();
    copy.size = this.size;
    copy.pages = new Map(this.pages);
    this.owned.clear();
    return copy;
  }

  /** Stores bytes; the size does not change. */
  write(offset: number, bytes: Uint8Array): void {
    let done = 0;
    while (done < bytes.length) {
      const page = Math.floor((offset + done) / pageBytes);
      const within = (offset + done) % pageBytes;
      const length = Math.min(pageBytes - within, bytes.length - done);
      this.ownPage(page).set(bytes.subarray(done, done + length), within);
      done += length;
    }
  }

  /** Zeros a range; whole pages are dropped. */
  zero(offset: number, length: number): void {
    let position = offset;
    const end = offset + length;
    if (length > this.pages.size * pageBytes + pageBytes) {
      for (const page of [...this.pages.keys()]) {
        const start = page * pageBytes;
        if (start < end && start + pageBytes > offset)
          this.zeroWithin(page, Math.max(offset, start), Math.min(end, start + pageBytes));
      }
      return;
    }
    while (position < end) {
      const page = Math.floor(position / pageBytes);
      const until = Math.min(end, (page + 1) * pageBytes);
      this.zeroWithin(page, position, until);
      position = until;
    }
  }

  /** Moves the end. What lies behind a smaller end is gone for good. */
  resize(size: number): void {
    if (size < this.size) this.cut(size);
    this.size = size;
  }

  /** A truncation: also drops what was written behind an end that is smaller already. */
  truncate(size: number): void {
    this.cut(size);
    this.size = size;
  }

  read(from: number, to: number): Buffer {
    const result = Buffer.alloc(Math.max(0, to - from));
    let position = from;
    while (position < to) {
      const page = Math.floor(position / pageBytes);
      const until = Math.min(to, (page + 1) * pageBytes);
      const bytes = this.pages.get(page);
      if (bytes) bytes.copy(result, position - from, position - page * pageBytes, until - page * pageBytes);
      position = until;
    }
    return result;
  }

  /** The smallest range within [from, to) outside of which every byte is zero; null when all are. */
  nonZeroRange(from: number, to: number): { from: number; to: number } | null {
    let low = Number.POSITIVE_INFINITY;
    let high = 0;
    for (const page of this.pages.keys()) {
      const start = Math.max(from, page * pageBytes);
      const end = Math.min(to, (page + 1) * pageBytes);
      if (start >= end) continue;
      const bytes = this.read(start, end);
      const first = bytes.findIndex((byte) => byte !== 0);
      if (first < 0) continue;
      const last = bytes.findLastIndex((byte) => byte !== 0);
      low = Math.min(low, start + first);
      high = Math.max(high, start + last + 1);
    }
    return high === 0 ? null : { from: low, to: high };
  }

  bytes(): Buffer {
    return this.read(0, this.size);
  }

  /** What is visible of it; pages beside each other are one range. */
  fileBytes(): FileBytes {
    const ranges: DataRange[] = [];
    const pages = [...this.pages.keys()].filter((page) => page * pageBytes < this.size).sort((a, b) => a - b);
    for (let i = 0; i < pages.length; ) {
      const first = i;
      while (i < pages.length && pages[i] === pages[first]! + i - first) i++;
      const from = pages[first]! * pageBytes;
      const to = Math.min(this.size, (pages[i - 1]! + 1) * pageBytes);
      ranges.push({ offset: from, bytes: this.read(from, to) });
    }
    return new FileBytes(this.size, ranges);
  }

  /** Same for equal size and bytes, whichever pages are stored. */
  digest(): string {
    const hash = createHash('sha1').update(`${this.size}\n`);
    for (const page of [...this.pages.keys()].sort((a, b) => a - b)) {
      const visible = this.size - page * pageBytes;
      if (visible <= 0) break;
      const bytes = this.pages.get(page)!.subarray(0, Math.min(pageBytes, visible));
      if (!bytes.equals(zeroPage.subarray(0, bytes.length))) hash.update(`${page}:`).update(bytes);
    }
    return hash.digest('hex');
  }

  /** Position of the first visible byte that differs, -1 for equal contents. */
  firstDifference(other: Content): number {
    const size = Math.min(this.size, other.size);
    const pages = new Set([...this.pages.keys(), ...other.pages.keys()]);
    let first = this.size === other.size ? -1 : size;
    for (const page of pages) {
      const start = page * pageBytes;
      if (start >= size || (first >= 0 && start >= first)) continue;
      const length = Math.min(pageBytes, size - start);
      const mine = (this.pages.get(page) ?? zeroPage).subarray(0, length);
      const theirs = (other.pages.get(page) ?? zeroPage).subarray(0, length);
      if (mine.equals(theirs)) continue;
      let at = 0;
      while (mine[at] === theirs[at]) at++;
      if (first < 0 || start + at < first) first = start + at;
    }
    return first;
  }

  private cut(size: number): void {
    const lastPage = Math.floor(size / pageBytes);
    const within = size % pageBytes;
    for (const page of [...this.pages.keys()]) {
      if (page > lastPage || (page === lastPage && within === 0)) {
        this.pages.delete(page);
        this.owned.delete(page);
      }
    }
    if (within > 0 && this.pages.has(lastPage)) this.ownPage(lastPage).fill(0, within);
  }

  private zeroWithin(page: number, from: number, to: number): void {
    if (!this.pages.has(page)) return;
    if (to - from === pageBytes) {
      this.pages.delete(page);
      this.owned.delete(page);
    } else {
      this.ownPage(page).fill(0, from - page * pageBytes, to - page * pageBytes);
    }
  }

  private ownPage(page: number): Buffer {
    let bytes = this.pages.get(page);
    if (bytes && this.owned.has(page)) return bytes;
    bytes = bytes ? Buffer.from(bytes) : Buffer.alloc(pageBytes);
    this.pages.set(page, bytes);
    this.owned.add(page);
    return bytes;
  }
}
