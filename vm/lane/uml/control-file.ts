/** The guest's end of the device by which it talks to its lane. */
import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs';
import { mapAnonymous } from '../../../harness/attach/memory-map.js';
import { answerAt, frame, jobAt, jobBytes, maxAnswerBytes, textBytesOf, textOf } from './control-messages.js';

/** O_DIRECT: nothing of it may come from, or stay in, the guest's memory. */
const flags = constants.O_RDWR | 0o40000;

export class ControlFile {
  readonly #fd: number;
  // Direct transfers need memory that begins where a page does.
  readonly #memory = Buffer.from(mapAnonymous(maxAnswerBytes).bytes);

  constructor(device: string) {
    this.#fd = openSync(device, flags);
  }

  /** Waits for the next job; null after the last. */
  next(): string | null {
    const count = readSync(this.#fd, this.#memory, 0, jobBytes, jobAt);
    if (count < jobBytes || textBytesOf(this.#memory) === 0) return null;
    return textOf(this.#memory);
  }

  /** Says something; the lane has heard it when this returns. */
  answer(text: string): void {
    const size = frame(text, this.#memory);
    for (let done = 0; done < size; )
      done += writeSync(this.#fd, this.#memory, done, size - done, answerAt + done);
  }

  close(): void {
    closeSync(this.#fd);
  }
}
