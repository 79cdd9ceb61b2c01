import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** How much a folder may hold; bytes are those of its files. */
export interface FolderLimits {
  entries: number;
  bytes: number;
}

/**
 * Whether a folder, with all that is below it, is within the limits. Stops looking when it is not.
 *
 * @param skipped names in the folder itself that do not count
 */
export function isWithin(folder: string, limits: FolderLimits, skipped: readonly string[] = []): boolean {
  let { entries, bytes } = limits;
  const left = [folder];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    for (const entry of readdirSync(next, { withFileTypes: true })) {
      if (next === folder && skipped.includes(entry.name)) continue;
      const path = join(next, entry.name);
      if (entry.isDirectory()) left.push(path);
      else if (entry.isFile()) bytes -= lstatSync(path, { throwIfNoEntry: false })?.size ?? 0;
      if (--entries < 0 || bytes < 0) return false;
    }
  }
  return true;
}
