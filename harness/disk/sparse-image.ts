import { closeSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';

const chunkBytes = 64 * 1024;

/**
 * The disk's content in memory; what was never written reads as zeros and takes no room.
 *
 * It can also say what it held at the last checkpoint: the first write to a chunk after a checkpoint keeps the
 * old content, so a checkpoint itself costs nothing.
 */
export class SparseImage {
  readonly #chunks = new Map<number, Buffer>();
  readonly #before = new Map<number, Buffer | null>();

  constructor(readonly sizeBytes: number) {}

  read(offset: number, into: Buffer): void {
    eachChunk(offset, into.length, (chunk, within, start, end) => {
      const content = this.#chunks.get(chunk);
      if (content) content.copy(into, start, within, within + end - start);
      else into.fill(0, start, end);
    });
  }

  write(offset: number, data: Buffer): void {
    eachChunk(offset, data.length, (chunk, within, start, end) => {
      data.copy(this.#writable(chunk), within, start, end);
    });
  }

  zero(offset: number, lengthBytes: number): void {
    eachChunk(offset, lengthBytes, (chunk, within, start, end) => {
      if (this.#chunks.has(chunk)) this.#writable(chunk).fill(0, within, within + end - start);
    });
  }

  /**
   * Takes over the content of an image file, and makes that the checkpoint.
   * @param from where in the file it begins, in bytes
   */
  load(path: string, from = 0): void {
    const fd = openSync(path, 'r');
    try {
      const content = Buffer.alloc(chunkBytes);
      for (let offset = 0; offset < this.sizeBytes; offset += chunkBytes) {
        const count = readSync(fd, content, 0, Math.min(chunkBytes, this.sizeBytes - offset), from + offset);
        if (count === 0) break;
        const found = content.subarray(0, count);
        if (!isZero(found)) this.write(offset, found);
      }
    } finally {
      closeSync(fd);
    }
    this.checkpoint();
  }

  /** From here on `saveCheckpoint` means the content as it is now. */
  checkpoint(): void {
    this.#before.clear();
  }

  /**
   * Writes the content of the last checkpoint as a sparse file.
   * @param at where in the file, in bytes: what lies before stays, as another disk left it
   */
  saveCheckpoint(path: string, at = 0): void {
    const fd = openSync(path, at === 0 ? 'w' : 'r+');
    try {
      ftruncateSync(fd, at + this.sizeBytes);
      for (const [chunk, now] of this.#chunks) {
        const content = this.#before.has(chunk) ? this.#before.get(chunk)! : now;
        if (content === null || isZero(content)) continue;
        const offset = chunk * chunkBytes;
        writeSync(fd, content, 0, Math.min(chunkBytes, this.sizeBytes - offset), at + offset);
      }
    } finally {
      closeSync(fd);
    }
  }

  #writable(chunk: number): Buffer {
    let content = this.#chunks.get(chunk);
    if (!this.#before.has(chunk)) this.#before.set(chunk, content ? Buffer.from(content) : null);
    if (!content) {
      content = Buffer.alloc(chunkBytes);
      this.#chunks.set(chunk, content);
    }
    return content;
  }
}

function eachChunk(
  offset: number,
  lengthBytes: number,
  visit: (chunk: number, within: number, start: number, end: number) => void,
): void {
  let done = 0;
  while (done < lengthBytes) {
    const at = offset + done;
    const within = at % chunkBytes;
    const end = Math.min(done + chunkBytes - within, lengthBytes);
    visit((at - within) / chunkBytes, within, done, end);
    done = end;
  }
}

const zeros = Buffer.alloc(chunkBytes);

function isZero(content: Buffer): boolean {
  return content.equals(content.length === chunkBytes ? zeros : zeros.subarray(0, content.length));
}
