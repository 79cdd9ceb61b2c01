import { writeFileSync } from 'node:fs';
import { basename } from 'node:path';

export type WriteCache = 'write back' | 'write through';

/**
 * What the kernel takes a disk for (sysfs, queue/write_cache): a disk without a cache is never asked to flush. Changes
 * nothing of the disk itself, and nothing of what lies on it.
 */
export function setWriteCache(device: string, cache: WriteCache): void {
  writeFileSync(`/sys/block/${basename(device)}/queue/write_cache`, cache);
}
