import { closeSync, openSync } from 'node:fs';
import type { LogEntry } from '../trace/block-log/entry.js';
import type { BlockLog } from '../trace/block-log/reader.js';
import { applyEntries } from './apply-entries.js';

/** Brings an image file forward by what some entries of a log did. */
export function advanceImage(path: string, log: BlockLog, entries: readonly LogEntry[]): void {
  const image = openSync(path, 'r+');
  try {
    applyEntries(log, entries, image);
  } finally {
    closeSync(image);
  }
}
