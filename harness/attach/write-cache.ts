import { writeFileSync } from 'node:fs';
import { basename } from 'node:path';

/**
 * What the kernel takes a disk for (sysfs, queue/write_cache): a disk without a cache is never asked to flush. Changes
 * nothing of the disk itself, and nothing of what lies on it.
 */
export function setWriteCache(device: string, cache: 'write back' | 'write through'): void {
  writeFileSync(`/sys/block/${basename(device)}/queue/write_cache`, cache);
}
