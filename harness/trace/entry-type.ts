import type { BigIntStats, Stats } from 'node:fs';
import type { TreeEntry } from './events.js';

export function entryType(stats: Stats | BigIntStats): TreeEntry['type'] {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'directory';
  return stats.isSymbolicLink() ? 'symlink' : 'other';
}
