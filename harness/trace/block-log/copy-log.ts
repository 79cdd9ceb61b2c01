import { closeSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import { encodeSuperBlock, logMagic, logVersion, superBlockBytes } from './layout.js';
import type { BlockLog } from './reader.js';

const chunkBytes = 64 * 1024;

/**
 * Copies the entries of a log from `first` on, byte for byte and with the same sector size, under a super block
 * that counts exactly these: no torn entry, nothing past the count. Zeros become holes.
 */
export function copyLog(path: string, log: BlockLog, to: string, first = 0): void {
  const { entries, sectorBytes } = log;
  const from = openSync(path, 'r');
  const into = openSync(to, 'wx');
  try {
    const superBlock = Buffer.alloc(superBlockBytes);
    const entryCount = BigInt(entries.length - first);
    encodeSuperBlock(superBlock, { magic: logMagic, version: logVersion, entryCount, sectorBytes });
    writeSync(into, superBlock, 0, superBlockBytes, 0);
    const start = (entries[first]?.dataOffset ?? 0) - sectorBytes;
    const last = entries.at(-1);
    const lengthBytes = last && first < entries.length ? last.dataOffset + last.dataBytes - start : 0;
    const chunk = Buffer.allocUnsafe(chunkBytes);
    const zeros = Buffer.alloc(chunkBytes);
    for (let done = 0; done < lengthBytes; ) {
      const count = readSync(from, chunk, 0, Math.min(chunkBytes, lengthBytes - done), start + done);
      if (count === 0) throw new Error(`${path} shrank while it was copied`);
      const part = chunk.subarray(0, count);
      if (!part.equals(zeros.subarray(0, count))) writeSync(into, part, 0, count, sectorBytes + done);
      done += count;
    }
    ftruncateSync(into, sectorBytes + lengthBytes);
  } finally {
    closeSync(into);
    closeSync(from);
  }
}
