/** A folder's files in the store: their paths in it, and the object that each is. */
import { readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Store } from '../queue/store.js';

export type StoredFolder = Record<string, string>;

/** @param leavesOut paths that are not wanted */
export async function putFolder(
  store: Store,
  folder: string,
  leavesOut: readonly string[] = [],
): Promise<StoredFolder> {
  const stored: StoredFolder = {};
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true }).sort(byPath)) {
    const path = join(entry.parentPath, entry.name);
    const name = relative(folder, path);
    if (entry.isFile() && !leavesOut.includes(name)) stored[name] = await store.putFile(path);
  }
  return stored;
}

export async function fetchFolder(store: Store, stored: StoredFolder, into: string): Promise<void> {
  for (const [name, digest] of Object.entries(stored)) await store.fetch(digest, join(into, name));
}

interface Entry {
  parentPath: string;
  name: string;
}

function byPath(one: Entry, other: Entry): number {
  return join(one.parentPath, one.name) < join(other.parentPath, other.name) ? -1 : 1;
}
