import type { BlockDevice } from './block-device.js';
import { sectorBytes } from './block-device.js';

const blockBytes = 4096;
const sectorsPerBlock = blockBytes / sectorBytes;
const wholeBlock = (1 << sectorsPerBlock) - 1;

/** What a recovery did to the disk, in order. */
export interface OverlayOperation {
  kind: 'write' | 'flush';
  byteOffset: number;
  data: Buffer;
}

/**
 * What one recovery writes, over an image that is only read. Thrown away by dropping it.
 *
 * A sector that recovery has written is answered from here: the image below is asked only for what recovery
 * really depends on.
 */
export class OverlayDevice implements BlockDevice {
  /** Per 4096-byte block: its content, and a bit for each sector that was written. */
  #blocks = new Map<number, { content: Buffer; written: number }>();
  /** Set when recovery itself is to be crashed again. */
  readonly operations: OverlayOperation[] | null;

  constructor(
    private readonly below: { read(byteOffset: number, into: Buffer): void },
    readonly sizeBytes: number,
    options: { keepOperations: boolean },
  ) {
    this.operations = options.keepOperations ? [] : null;
  }

  /** What was written here, over another image: shared from now on. */
  over(below: { read(byteOffset: number, into: Buffer): void }): OverlayDevice {
    const other = new OverlayDevice(below, this.sizeBytes, { keepOperations: this.operations !== null });
    other.#blocks = this.#blocks;
    return other;
  }

  read(offset: number, into: Buffer): void {
    if (this.#blocks.size === 0) {
      this.below.read(offset, into);
      return;
    }
    // Runs of sectors that lie all above or all below.
    let runStart = 0;
    for (let done = 0; done < into.length; ) {
      const at = offset + done;
      const within = at % blockBytes;
      const block = this.#blocks.get((at - within) / blockBytes);
      const end = Math.min(done + blockBytes - within, into.length);
      if (!block) {
        done = end;
        continue;
      }
      for (; done < end; done += sectorBytes) {
        const position = (offset + done) % blockBytes;
        if (!(block.written & (1 << (position / sectorBytes)))) continue;
        this.#readBelow(offset, into, runStart, done);
        block.content.copy(into, done, position, position + sectorBytes);
        runStart = done + sectorBytes;
      }
    }
    this.#readBelow(offset, into, runStart, into.length);
  }

  write(offset: number, data: Buffer): void {
    this.operations?.push({ kind: 'write', byteOffset: offset, data: Buffer.from(data) });
    for (let done = 0; done < data.length; ) {
      const at = offset + done;
      const within = at % blockBytes;
      const count = Math.min(blockBytes - within, data.length - done);
      const number = (at - within) / blockBytes;
      let block = this.#blocks.get(number);
      if (!block) {
        block = { content: Buffer.allocUnsafe(blockBytes), written: 0 };
        this.#blocks.set(number, block);
      }
      data.copy(block.content, within, done, done + count);
      const firstBit = within / sectorBytes;
      const bits = count === blockBytes ? wholeBlock : ((1 << (count / sectorBytes)) - 1) << firstBit;
      block.written |= bits;
      done += count;
    }
  }

  flush(): void {
    this.operations?.push({ kind: 'flush', byteOffset: 0, data: Buffer.alloc(0) });
  }

  /** Recovery's own discards read as zeros, which is what most disks do. */
  discard(offset: number, lengthBytes: number): void {
    this.writeZeroes(offset, lengthBytes);
  }

  writeZeroes(offset: number, lengthBytes: number): void {
    const stepBytes = 1024 * 1024;
    for (let done = 0; done < lengthBytes; done += stepBytes) {
      this.write(offset + done, Buffer.alloc(Math.min(stepBytes, lengthBytes - done)));
    }
  }

  #readBelow(offset: number, into: Buffer, start: number, end: number): void {
    if (start < end) this.below.read(offset + start, into.subarray(start, end));
  }
}
