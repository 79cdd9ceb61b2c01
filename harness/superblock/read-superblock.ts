import { closeSync, openSync } from 'node:fs';
import { readAt } from '../trace/read-at.js';
import { type FeatureWord, type SuperblockLayout, superblockLayouts } from './layout.js';

/** A file system as its superblock tells of it. */
export interface Superblock {
  layout: SuperblockLayout;
  /** Names of the features that are on, in the order of the alphabet. */
  features: string[];
}

/** @returns null when the disk, or image of one, begins with no file system that plugpull knows */
export function readSuperblock(image: string): Superblock | null {
  const fd = openSync(image, 'r');
  try {
    const layout = superblockLayouts.find(({ magic }) =>
      bytesAt(fd, magic.offset, magic.bytes.length).equals(magic.bytes),
    );
    if (!layout) return null;
    return { layout, features: layout.features.flatMap((word) => namesIn(fd, word, layout)).sort() };
  } finally {
    closeSync(fd);
  }
}

function namesIn(
  fd: number,
  { kind, offset, bytes, names }: FeatureWord,
  { order }: SuperblockLayout,
): string[] {
  const raw = bytesAt(fd, offset, bytes);
  if (order === 'big-endian') raw.reverse();
  return Array.from({ length: bytes * 8 }, (_, bit) => bit)
    .filter((bit) => (raw[bit >> 3]! >> (bit & 7)) & 1)
    .map((bit) => names[bit] ?? `${kind}:${bit}`);
}

function bytesAt(fd: number, offset: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  readAt(fd, bytes, offset);
  return bytes;
}
