import type { LogSource } from './source.js';

const windowBytes = 64 * 1024;

/** The stretch of a log being looked at: headers of small entries come many to a read. */
export class LogWindow {
  readonly bytes = Buffer.alloc(windowBytes);
  #start = 0;
  #length = 0;

  constructor(private readonly source: LogSource) {}

  /** Brings `lengthBytes` (at most a window) at `position` into `bytes` and returns where there. */
  show(position: number, lengthBytes: number): number {
    if (position < this.#start || position + lengthBytes > this.#start + this.#length) {
      this.#start = position;
      this.#length = this.source.readAt(position, this.bytes);
    }
    return position - this.#start;
  }
}
