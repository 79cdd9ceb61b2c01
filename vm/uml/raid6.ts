import type { Storage } from '../../harness/scenario/schema/storage.js';

/** Whether a file system's parity is computed by the kernel's raid6 functions, of which one is chosen at the kernel's start. */
export function asksForRaid6({ fs, mkfs }: Pick<Storage, 'fs' | 'mkfs'>): boolean {
  return fs === 'btrfs' && mkfs.some((word) => /raid[56]/i.test(word));
}
