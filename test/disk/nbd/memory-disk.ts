import type { BlockDevice, WriteOptions } from '../../../harness/disk/block-device.js';

/**
 * A disk in memory that notes what it is asked and insists on what the server owes a device: whole sectors,
 * inside, never none. What it throws at a breach is no BlockIoError, so it comes out at the server's onFault.
 */
export class MemoryDisk implements BlockDevice {
  readonly content: Buffer;
  readonly calls: string[] = [];
  /** Thrown by every call while set. */
  failure: Error | undefined;

  constructor(readonly sizeBytes: number) {
    this.content = Buffer.alloc(sizeBytes);
  }

  read(offset: number, into: Buffer): void {
    this.#note('read', offset, into.length);
    this.content.copy(into, 0, offset, offset + into.length);
  }

  write(offset: number, data: Buffer, { fua }: WriteOptions): void {
    this.#note(fua ? 'write fua' : 'write', offset, data.length);
    data.copy(this.content, offset);
  }

  flush(): void {
    this.#note('flush');
  }

  discard(offset: number, lengthBytes: number): void {
    this.#note('discard', offset, lengthBytes);
    this.content.fill(0, offset, offset + lengthBytes);
  }

  writeZeroes(offset: number, lengthBytes: number, { fua }: WriteOptions): void {
    this.#note(fua ? 'zero fua' : 'zero', offset, lengthBytes);
    this.content.fill(0, offset, offset + lengthBytes);
  }

  #note(what: string, offset?: number, lengthBytes?: number): void {
    if (offset === undefined || lengthBytes === undefined) {
      this.calls.push(what);
    } else {
      const isWhole = offset % 512 === 0 && lengthBytes % 512 === 0;
      if (!isWhole || offset < 0 || lengthBytes <= 0 || offset + lengthBytes > this.sizeBytes) {
        throw new Error(`the server owes whole sectors inside the device: ${what} ${offset}+${lengthBytes}`);
      }
      this.calls.push(`${what} ${offset}+${lengthBytes}`);
    }
    if (this.failure) throw this.failure;
  }
}
