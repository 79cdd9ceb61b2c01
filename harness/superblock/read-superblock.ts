import { closeSync, openSync } from 'node:fs';
import { readAt } from '../trace/read-at.js';
import { type FeatureWord, type SuperblockLayout, superblockLayouts } from './layout.js';

/** A file system as its superblock tells of it. */
export interface Superblock {
  layout: SuperblockLayout;
  /** Names of the features that are on, in the order of the alphabet. */
  features: string[];
}

/** Fills the buffer with what lies at a byte offset of a disk. */
export type ReadDisk = (offset: number, into: Buffer) => void;

/** @returns null when the disk, or image of one, begins with no file system that plugpull knows */
export function readSuperblock(image: string): Superblock | null {
  const fd = openSync(image, 'r');
  try {
    return superblockOn((offset, into) => void readAt(fd, into, offset));
  } finally {
    closeSync(fd);
  }
}

/** The same of a disk that is no file. */
export function superblockOn(read: ReadDisk): Superblock | null {
  const bytesAt = (offset: number, length: number): Buffer => {
    const bytes = Buffer.alloc(length);
    read(offset, bytes);
    return bytes;
  };
  const layout = superblockLayouts.find(({ magic }) =>
    bytesAt(magic.offset, magic.bytes.length).equals(magic.bytes),
  );
  if (!layout) return null;
  return {
    layout,
    features: layout.features
      .flatMap((word) => namesIn(bytesAt(word.offset, word.bytes), word, layout))
      .sort(),
  };
}

function namesIn(raw: Buffer, { kind, bytes, names }: FeatureWord, { order }: SuperblockLayout): string[] {
  if (order === 'big-endian') raw.reverse();
  return Array.from({ length: bytes * 8 }, (_, bit) => bit)
    .filter((bit) => (raw[bit >> 3]! >> (bit & 7)) & 1)
    .map((bit) => names[bit] ?? `${kind}:${bit}`);
}
