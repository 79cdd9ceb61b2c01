import { createHash } from 'node:crypto';
import { closeSync, openSync, writeSync } from 'node:fs';
import { UsageError } from '../verdict/errors.js';
import type { PayloadRange } from './events.js';
import { type DataRange, FileBytes } from './file-bytes.js';
import { readAt } from './read-at.js';

/**
 * `payload.bin`: contents one after the other, each different content once. One that begins with the last one is written
 * over it, as far as it is longer: of a file that only grows each byte is there once. Of a file with holes there are the
 * bytes of its data, one range behind the other.
 */
export class PayloadWriter {
  readonly #fd: number;
  readonly #known = new Map<string, PayloadRange>();
  #end = 0;
  #last: Buffer = Buffer.alloc(0);

  constructor(path: string) {
    this.#fd = openSync(path, 'w');
  }

  add(content: FileBytes): PayloadRange {
    const [only = { offset: 0, bytes: Buffer.alloc(0) }] = content.ranges;
    if (content.ranges.length <= 1 && only.offset === 0 && only.bytes.length === content.length)
      return this.#store(only.bytes);
    const data = content.ranges.map(({ offset, bytes }): [number, number] => [offset, bytes.length]);
    return { ...this.#store(Buffer.concat(content.ranges.map(({ bytes }) => bytes))), data };
  }

  #store(content: Buffer): PayloadRange {
    const digest = createHash('sha256').update(content).digest('base64');
    const known = this.#known.get(digest);
    if (known) return known;
    const last = this.#last;
    const grown = last.length > 0 && content.subarray(0, last.length).equals(last);
    const offset = grown ? this.#end - last.length : this.#end;
    for (let done = grown ? last.length : 0; done < content.length; )
      done += writeSync(this.#fd, content, done, content.length - done, offset + done);
    this.#end = offset + content.length;
    this.#last = content;
    const range = { offset, length: content.length };
    this.#known.set(digest, range);
    return range;
  }

  close(): void {
    closeSync(this.#fd);
  }
}

export class PayloadReader {
  readonly #fd: number;

  constructor(path: string) {
    this.#fd = openSync(path, 'r');
  }

  /**
   * @param size of the file that the bytes are of
   * Throws UsageError when the payload is shorter than the trace says, or the ranges are none of such a file.
   */
  read(range: PayloadRange, size = range.length): FileBytes {
    const content = this.#bytes(range);
    if (!range.data) return FileBytes.of(content);
    const ranges: DataRange[] = [];
    let taken = 0;
    let end = 0;
    for (const [offset, length] of range.data) {
      if (offset < end || offset + length > size || taken + length > content.length)
        throw new UsageError(
          `payload.bin: expected ranges of a file of ${size} bytes in order, found one of ${length} at ${offset}`,
        );
      ranges.push({ offset, bytes: content.subarray(taken, taken + length) });
      taken += length;
      end = offset + length;
    }
    return new FileBytes(size, ranges);
  }

  #bytes({ offset, length }: PayloadRange): Buffer {
    const content = Buffer.allocUnsafe(length);
    const found = readAt(this.#fd, content, offset);
    if (found < length)
      throw new UsageError(`payload.bin: expected ${offset + length} bytes or more, found ${offset + found}`);
    return content;
  }

  close(): void {
    closeSync(this.#fd);
  }
}
