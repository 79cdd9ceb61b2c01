import { writeSync } from 'node:fs';
import { waitWritable } from '../../attach/libc.js';

/** Writes a line to a pipe whose reader may be busy, waiting without an event loop. */
export function writeLine(fd: number, text: string): void {
  const bytes = Buffer.from(`${text}\n`);
  for (let done = 0; done < bytes.length; ) {
    waitWritable(fd, -1);
    try {
      done += writeSync(fd, bytes, done);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
    }
  }
}

/** Holding more than this back is no gain. */
const heldLength = 64 * 1024;

/** JSON lines to such a pipe, at once or many together. */
export class LineOutput {
  #held: string[] = [];
  #heldLength = 0;
  #isHolding = false;

  constructor(private readonly fd: number) {}

  send(message: unknown): void {
    const line = JSON.stringify(message);
    this.#held.push(line);
    this.#heldLength += line.length;
    if (!this.#isHolding || this.#heldLength >= heldLength) this.#flush();
  }

  /** What is sent during `action` may wait for its end: to wake the reader takes longer than to tell it more. */
  together(action: () => void): void {
    this.#isHolding = true;
    try {
      action();
    } finally {
      this.#isHolding = false;
      this.#flush();
    }
  }

  #flush(): void {
    if (this.#held.length === 0) return;
    const lines = this.#held.join('\n');
    this.#held = [];
    this.#heldLength = 0;
    writeLine(this.fd, lines);
  }
}
