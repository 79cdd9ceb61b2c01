import { createHash } from 'node:crypto';
import { closeSync, openSync, writeSync } from 'node:fs';
import { UsageError } from '../verdict/errors.js';
import type { PayloadRange } from './events.js';
import { readAt } from './read-at.js';

/**
 * `payload.bin`: contents one after the other, each different content once. One that begins with the last one is written
 * over it, as far as it is longer: of a file that only grows each byte is there once.
 */
export class PayloadWriter {
  readonly #fd: number;
  readonly #known = new Map<string, PayloadRange>();
  #end = 0;
  #last: Buffer = Buffer.alloc(0);

  constructor(path: string) {
    this.#fd = openSync(path, 'w');
  }

  add(content: Buffer): PayloadRange {
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

  /** Throws UsageError when the file is shorter than the trace says. */
  read({ offset, length }: PayloadRange): Buffer {
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
