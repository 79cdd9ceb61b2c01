/**
 * What another recorder leaves: a raw disk image and a log, made by hand.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ReferenceEntry, referenceLog } from '../trace/block-log/reference-log.js';

const none = Buffer.alloc(0);

export function written(sector: number, payload: Buffer, sectorBytes = 512, flags = 0): ReferenceEntry {
  return {
    sector: BigInt(sector),
    sectorCount: BigInt(payload.length / sectorBytes),
    flags: BigInt(flags),
    text: none,
    payload,
  };
}

export function discarded(sector: number, sectorCount: number): ReferenceEntry {
  return { sector: BigInt(sector), sectorCount: BigInt(sectorCount), flags: 4n, text: none, payload: none };
}

export const flushed: ReferenceEntry = { sector: 0n, sectorCount: 0n, flags: 1n, text: none, payload: none };

export function marked(text: string): ReferenceEntry {
  return { sector: 0n, sectorCount: 0n, flags: 8n, text: Buffer.from(text), payload: none };
}

/** An image with nothing but the magic number by which ext4 is known: enough for all that does not mount it. */
export function extLookalike(sizeBytes: number): Buffer {
  const image = Buffer.alloc(sizeBytes);
  image.writeUInt16LE(0xef53, 1080);
  return image;
}

export interface ForeignPair {
  base: string;
  log: string;
}

export function foreignPair(
  folder: string,
  name: string,
  image: Buffer,
  entries: ReferenceEntry[],
  options: Parameters<typeof referenceLog>[1] = {},
): ForeignPair {
  mkdirSync(folder, { recursive: true });
  const pair = { base: join(folder, `${name}.img`), log: join(folder, `${name}.log`) };
  writeFileSync(pair.base, image);
  writeFileSync(pair.log, referenceLog(entries, options));
  return pair;
}

/** The image with what the entries did to it, the simplest way. */
export function replayed(image: Buffer, entries: readonly ReferenceEntry[], sectorBytes = 512): Buffer {
  const result = Buffer.from(image);
  for (const { sector, sectorCount, flags, payload } of entries) {
    const at = Number(sector) * sectorBytes;
    if (flags & 4n) result.fill(0, at, at + Number(sectorCount) * sectorBytes);
    else payload.copy(result, at);
  }
  return result;
}
