import { isBlockLayer } from '../scenario/schema/layers.js';
import type { Storage } from '../scenario/schema/storage.js';
import { readSuperblock } from '../superblock/read-superblock.js';
import { UsageError } from '../verdict/errors.js';

/** mke2fs makes no journal on fewer blocks (lib/ext2fs/mkjournal.c, ext2fs_default_journal_size). */
const smallestJournaledBlocks = 2048;
const blockBytes = 4096;

/**
 * The features that a storage's file system was really made with, read from its superblock.
 *
 * @param image of the disk, or the disk
 * @throws UsageError when the file system is not the one that was asked for: a verdict about it would blame the wrong one
 */
export function featuresMade(image: string, storage: Pick<Storage, 'fs' | 'mkfs' | 'layers'>): string[] {
  const { fs, mkfs, layers } = storage;
  // Something else lies where its superblock would.
  if (layers.some(isBlockLayer)) return [];
  const found = readSuperblock(image);
  if (!found?.layout.mountedAs.includes(fs)) {
    throw new UsageError(
      `storage.fs: expected mkfs to make ${fs}, found ${found?.layout.family ?? 'no file system'} on the disk: look at storage.mkfs ${JSON.stringify(mkfs)}`,
    );
  }
  if (isJournaled(fs) && !found.features.includes('has_journal') && !declinesJournal(mkfs)) {
    const smallest = (smallestJournaledBlocks * blockBytes) / 2 ** 20;
    throw new UsageError(
      `storage.size: mke2fs makes so small an ${fs} without a journal, and without one a power cut damages it until e2fsck mends it: not the ${fs} that people run; expected at least ${smallest}MiB, or storage.mkfs: [-O, ^has_journal] to test one without a journal`,
    );
  }
  return found.features;
}

/** What a reader must know of such a file system to understand a verdict about it; null when nothing is unusual. */
export function featureRemark(
  { fs, layers }: Pick<Storage, 'fs' | 'layers'>,
  features: readonly string[],
): string | null {
  if (layers.some(isBlockLayer)) return null;
  if (!isJournaled(fs) || features.includes('has_journal')) return null;
  return `this ${fs} has no journal: like ext2 it is judged as a power cut leaves it, before any e2fsck`;
}

function isJournaled(fs: Storage['fs']): boolean {
  return fs === 'ext3' || fs === 'ext4';
}

function declinesJournal(mkfs: readonly string[]): boolean {
  return mkfs.some((word) => word.split(',').some((one) => one === '^has_journal' || one === 'none'));
}
