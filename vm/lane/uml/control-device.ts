/** The lane's end of the device by which it talks to its guest. */
import type { BlockDevice } from '../../../harness/disk/block-device.js';
import {
  answerAt,
  controlBytes,
  frame,
  framedBytes,
  jobAt,
  jobBytes,
  maxAnswerBytes,
  textBytesOf,
  textOf,
} from './control-messages.js';

export class ControlDevice implements BlockDevice {
  readonly sizeBytes = controlBytes;
  readonly #answer = Buffer.alloc(maxAnswerBytes);
  #arrivedBytes = 0;
  readonly #job = Buffer.alloc(jobBytes);
  #hasJob = false;
  #waiting: (() => void) | null = null;

  /** @param hear gets each answer's text */
  constructor(private readonly hear: (text: string) => void) {}

  /** Whether the guest waits for a job. */
  get isAskedForJob(): boolean {
    return this.#waiting !== null;
  }

  /** Gives the guest its next job; now, or when it asks. An empty one is the last. */
  give(text: string): void {
    this.#job.fill(0);
    frame(text, this.#job);
    this.#hasJob = true;
    const waiting = this.#waiting;
    this.#waiting = null;
    waiting?.();
  }

  /** Forgets a guest that is gone. */
  reset(): void {
    this.#waiting = null;
    this.#hasJob = false;
    this.#arrivedBytes = 0;
  }

  /** A read of a job waits until there is one. */
  defersRead(offset: number, finish: () => void): boolean {
    if (offset !== jobAt || this.#hasJob) return false;
    this.#waiting = finish;
    return true;
  }

  read(offset: number, into: Buffer): void {
    into.fill(0);
    if (offset !== jobAt || !this.#hasJob) return;
    this.#job.copy(into);
    this.#hasJob = false;
  }

  /** The kernel may send an answer in parts, and in any order: it is there when all its bytes are. */
  write(offset: number, data: Buffer): void {
    if (offset < answerAt) return;
    data.copy(this.#answer, offset - answerAt);
    this.#arrivedBytes += data.length;
    const wanted = framedBytes(textBytesOf(this.#answer));
    if (this.#arrivedBytes < wanted) return;
    this.#arrivedBytes = 0;
    const text = textOf(this.#answer);
    // The next answer's length must not be taken for known before it is.
    this.#answer.writeUInt32LE(0xffffffff, 0);
    this.hear(text);
  }

  flush(): void {}
  discard(): void {}
  writeZeroes(): void {}
}
