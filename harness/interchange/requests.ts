import type { LogEntry } from '../trace/block-log/entry.js';
import { entryFlag } from '../trace/block-log/layout.js';

/** The block layer's own limit for one request (max_sectors_kb, 1280 by default). */
const largestRequestSectors = 2560;

/**
 * Entries as the disk below will have got them. Device mapper logs writes before the block layer joins neighbours into
 * one request: a journal commit of ten blocks is ten entries there, and one write on a disk. Entries that follow each
 * other in the log and on the disk are one group; everything else is a group of its own.
 */
export function asRequests(entries: readonly LogEntry[]): LogEntry[][] {
  const groups: LogEntry[][] = [];
  let sectors = 0;
  for (const entry of entries) {
    const before = groups.at(-1)?.at(-1);
    const joins =
      before !== undefined &&
      isPlainWrite(before) &&
      isPlainWrite(entry) &&
      before.sector + before.sectorCount === entry.sector &&
      sectors + entry.sectorCount <= largestRequestSectors;
    if (joins) groups.at(-1)!.push(entry);
    else groups.push([entry]);
    sectors = (joins ? sectors : 0) + entry.sectorCount;
  }
  return groups;
}

function isPlainWrite({ sectorCount, flags }: LogEntry): boolean {
  return sectorCount > 0 && (flags & ~entryFlag.metadata) === 0;
}
