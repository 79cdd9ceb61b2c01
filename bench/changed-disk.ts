/**
 * A loop device on a file in memory that is put back after each recovery, changed blocks alone: comparing or writing all
 * of it would throw the host's caches out and cost the recoveries that follow a third.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import type { Lab } from './lab.js';
import { contentOf, RamDisk } from './ram-disk.js';

const blockBytes = 4096;

export class ChangedDisk {
  readonly #original: Buffer;
  readonly #reader: number;
  /** Blocks that a recovery of this image was ever seen to change. */
  readonly #changed = new Set<number>();

  private constructor(
    private readonly disk: RamDisk,
    original: Buffer,
  ) {
    this.#original = original;
    this.#reader = openSync(disk.path, 'r');
  }

  static of(lab: Lab, image: { read(offset: number, into: Buffer): void }, sizeBytes: number): ChangedDisk {
    const content = contentOf(image, sizeBytes);
    const original = Buffer.alloc(sizeBytes);
    for (const { offset, data } of content) data.copy(original, offset);
    const disk = RamDisk.attach(lab, 'ceiling', sizeBytes);
    disk.fill(content);
    return new ChangedDisk(disk, original);
  }

  get device(): string {
    return this.disk.device;
  }

  /** Looks through all of it for what a recovery changes. Slow, and to be done before anything is timed. */
  learn(): void {
    const now = Buffer.alloc(blockBytes);
    for (let block = 0; block * blockBytes < this.#original.length; block++) {
      readSync(this.#reader, now, 0, blockBytes, block * blockBytes);
      if (!now.equals(this.#block(block))) this.#changed.add(block);
    }
  }

  /** Puts back what recoveries change. Nobody may have it mounted. */
  restore(): void {
    for (const block of this.#changed) this.disk.write(block * blockBytes, this.#block(block));
  }

  detach(): void {
    closeSync(this.#reader);
    this.disk.detach();
  }

  #block(block: number): Buffer {
    return this.#original.subarray(block * blockBytes, (block + 1) * blockBytes);
  }
}
