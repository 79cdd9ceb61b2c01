import { readSync, writeSync } from 'node:fs';
import type { LogEntry } from '../trace/block-log/entry.js';
import { entryFlag } from '../trace/block-log/layout.js';
import type { BlockLog } from '../trace/block-log/reader.js';

const chunkBytes = 1024 * 1024;

/** Does to an image what the entries say, in order. A discarded range reads as zeros. */
export function applyEntries(log: BlockLog, entries: readonly LogEntry[], image: number): void {
  const chunk = Buffer.alloc(chunkBytes);
  for (const entry of entries) {
    const isDiscard = (entry.flags & entryFlag.discard) !== 0;
    const lengthBytes = entry.sectorCount * 512;
    for (let done = 0; done < lengthBytes; done += chunkBytes) {
      const part = chunk.subarray(0, Math.min(chunkBytes, lengthBytes - done));
      const at = entry.sector * 512 + done;
      if (isDiscard) part.fill(0);
      else log.readPayload(entry, done, part);
      // mkfs discards whole disks: what is a hole already stays one.
      if (!isDiscard || !readsAs(image, at, part)) writeSync(image, part, 0, part.length, at);
    }
  }
}

function readsAs(image: number, at: number, expected: Buffer): boolean {
  const there = Buffer.alloc(expected.length);
  readSync(image, there, 0, there.length, at);
  return there.equals(expected);
}
