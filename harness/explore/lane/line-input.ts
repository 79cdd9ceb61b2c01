import { readSync } from 'node:fs';
import { waitReadable } from '../../attach/libc.js';

/** Lines from a descriptor, read without an event loop. */
export class LineInput {
  #rest = '';
  #lines: string[] = [];
  #ended = false;

  constructor(private readonly fd: number) {}

  /** Waits for the next line; null at the end. */
  next(): string | null {
    while (this.#lines.length === 0 && !this.#ended) {
      waitReadable(this.fd, -1);
      this.#readMore();
    }
    return this.#lines.shift() ?? null;
  }

  /** Would `next` answer at once? */
  isWaiting(): boolean {
    while (this.#lines.length === 0 && !this.#ended && waitReadable(this.fd, 0)) this.#readMore();
    return this.#lines.length > 0 || this.#ended;
  }

  #readMore(): void {
    const buffer = Buffer.allocUnsafe(64 * 1024);
    const length = readSync(this.fd, buffer, 0, buffer.length, null);
    if (length === 0) this.#ended = true;
    const lines = (this.#rest + buffer.toString('utf8', 0, length)).split('\n');
    this.#rest = lines.pop()!;
    this.#lines.push(...lines);
  }
}
