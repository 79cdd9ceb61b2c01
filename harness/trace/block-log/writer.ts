import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import {
  encodeEntryHeader,
  encodeSuperBlock,
  entryFlag,
  entryHeaderBytes,
  isLogSectorBytes,
  logMagic,
  logVersion,
  maxMarkBytes,
  superBlockBytes,
} from './layout.js';

/** One thing done to the device. Sectors are of 512 bytes, whatever sector size the log has. */
export interface LogAppend {
  sector: number;
  sectorCount: number;
  /** Of `entryFlag`, joined by `|`. For marks use `mark`. */
  flags: number;
  /** The sectors' bytes, needed only during the call. Without it a write is one of zeros, stored as a hole. */
  data?: Buffer;
}

const bufferBytes = 256 * 1024;
/** From here on, copying a payload into the buffer costs more than the system call that it saves. */
const directPayloadBytes = 64 * 1024;

/**
 * Writes a block log (see layout.ts) to a new file.
 *
 * What is appended sits in a small buffer until it is full or `sync` is called; everything synced outlives this
 * process, but nothing is forced to the machine's own disk: a recording does not survive a power cut of the
 * machine that records. When a write fails (a full disk), that error is thrown then and at every later call:
 * a log with a gap would be a false one.
 */
export class BlockLogWriter {
  readonly sectorBytes: number;
  readonly #fd: number;
  readonly #buffer = Buffer.allocUnsafe(bufferBytes);
  #buffered = 0;
  /** Where in the file the buffer begins. */
  #position: number;
  /** Bytes of the file that exist, holes included: what lies past them has to be made by ftruncate. */
  #fileBytes: number;
  #entryCount = 0;
  #failure: unknown;
  #closed = false;

  constructor(path: string, options: { sectorBytes?: number } = {}) {
    this.sectorBytes = options.sectorBytes ?? 512;
    if (!isLogSectorBytes(this.sectorBytes)) {
      throw new RangeError(
        `sectorBytes of a block log: a power of two from 512 to 65536, not ${this.sectorBytes}`,
      );
    }
    this.#fd = openSync(path, 'w');
    this.#position = this.sectorBytes;
    this.#fileBytes = 0;
    this.#guarded(() => this.#writeOut());
  }

  /** Entries so far, and so the index that the next one gets. */
  get entryCount(): number {
    return this.#entryCount;
  }

  /** Appends a write, flush or discard and returns its index. */
  append(entry: LogAppend): number {
    const { sector, sectorCount, flags, data } = entry;
    const sectorsEach = this.sectorBytes / 512;
    const payloadBytes = flags & entryFlag.discard ? 0 : sectorCount * 512;
    if (flags & entryFlag.mark) throw new RangeError('a mark is written by mark()');
    if (sector % sectorsEach !== 0 || sectorCount % sectorsEach !== 0) {
      throw new RangeError(
        `sectors ${sector} and ${sectorCount} on are no whole sectors of ${this.sectorBytes} bytes`,
      );
    }
    if (data && data.length !== payloadBytes) {
      throw new RangeError(`an entry of ${payloadBytes} payload bytes came with ${data.length}`);
    }
    return this.#guarded(() => {
      this.#putHeader(sector / sectorsEach, sectorCount / sectorsEach, flags, 0);
      if (data) this.#putPayload(data);
      else this.#skip(payloadBytes);
      return this.#entryCount++;
    });
  }

  /** Appends a mark and returns its index. A text longer than its sector is cut at a character. */
  mark(text: string): number {
    const bytes = cutUtf8(Buffer.from(text), maxMarkBytes(this.sectorBytes));
    return this.#guarded(() => {
      const at = this.#putHeader(0, 0, entryFlag.mark, bytes.length);
      bytes.copy(this.#buffer, at + entryHeaderBytes);
      return this.#entryCount++;
    });
  }

  /** Hands everything appended, and the count of entries, to the kernel: it then outlives this process. */
  sync(): void {
    this.#guarded(() => this.#writeOut());
  }

  close(): void {
    if (this.#closed) return;
    try {
      if (!this.#failure) this.sync();
    } finally {
      this.#closed = true;
      closeSync(this.#fd);
    }
  }

  #guarded<T>(work: () => T): T {
    if (this.#closed) throw new Error('this block log is closed');
    if (this.#failure) throw this.#failure;
    try {
      return work();
    } catch (error) {
      this.#failure = error;
      throw error;
    }
  }

  #putHeader(sector: number, sectorCount: number, flags: number, dataLength: number): number {
    if (this.#buffered + this.sectorBytes > bufferBytes) this.#drain();
    const at = this.#buffered;
    this.#buffer.fill(0, at, at + this.sectorBytes);
    encodeEntryHeader(
      this.#buffer,
      {
        sector: BigInt(sector),
        sectorCount: BigInt(sectorCount),
        flags: BigInt(flags),
        dataLength: BigInt(dataLength),
      },
      at,
    );
    this.#buffered += this.sectorBytes;
    return at;
  }

  #putPayload(data: Buffer): void {
    if (data.length >= directPayloadBytes) {
      this.#drain();
      this.#writeAt(data, this.#position);
      this.#position += data.length;
      return;
    }
    if (this.#buffered + data.length > bufferBytes) this.#drain();
    this.#buffered += data.copy(this.#buffer, this.#buffered);
  }

  #skip(bytes: number): void {
    if (bytes === 0) return;
    this.#drain();
    this.#position += bytes;
  }

  #drain(): void {
    this.#writeAt(this.#buffer.subarray(0, this.#buffered), this.#position);
    this.#position += this.#buffered;
    this.#buffered = 0;
  }

  /** The count goes last: at no moment does it promise entries that are not there. */
  #writeOut(): void {
    this.#drain();
    if (this.#fileBytes < this.#position) {
      ftruncateSync(this.#fd, this.#position);
      this.#fileBytes = this.#position;
    }
    const superBlock = Buffer.alloc(superBlockBytes);
    encodeSuperBlock(superBlock, {
      magic: logMagic,
      version: logVersion,
      entryCount: BigInt(this.#entryCount),
      sectorBytes: this.sectorBytes,
    });
    this.#writeAt(superBlock, 0);
  }

  #writeAt(bytes: Buffer, position: number): void {
    if (bytes.length === 0) return;
    for (let done = 0; done < bytes.length; ) {
      done += writeSync(this.#fd, bytes, done, bytes.length - done, position + done);
    }
    this.#fileBytes = Math.max(this.#fileBytes, position + bytes.length);
  }
}

function cutUtf8(bytes: Buffer, maxBytes: number): Buffer {
  if (bytes.length <= maxBytes) return bytes;
  let end = maxBytes;
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return bytes.subarray(0, end);
}
