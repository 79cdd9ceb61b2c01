import { readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { BuildOptions } from './build-options.js';
import { cacheFolder, cachePath, removeTree, withCacheLock } from './cache.js';
import { cacheContents } from './cached-images.js';
import { debianRecipes } from './debian-recipes.js';
import { bytesBelow } from './folder-size.js';
import { latestPath } from './latest.js';

/** A run that was just told of an initramfs may not have started its guest yet. */
const recentMs = 3600_000;

/**
 * Removes what no run needs: downloads, images that newer ones replaced, and what killed builds left; with `all`,
 * every image too. Waits for a build that is going on. A guest that runs keeps the files it has open.
 * @returns how many bytes that made free
 */
export async function cleanCache({ all, ...options }: BuildOptions & { all: boolean }): Promise<number> {
  return withCacheLock(options, async () => {
    const before = bytesBelow(cacheFolder());
    for (const path of all ? everything() : notNeeded()) removeTree(path);
    return before - bytesBelow(cacheFolder());
  });
}

function everything(): string[] {
  // Whoever waits for the lock has this very file open.
  return pathsIn(cacheFolder()).filter((path) => basename(path) !== 'lock');
}

function notNeeded(): string[] {
  const notes = new Set(debianRecipes({}).map(latestPath));
  return [
    cachePath('debs'),
    cachePath('apt'),
    ...cacheContents()
      .images.filter(({ current }) => !current)
      .map(({ path }) => path),
    ...pathsIn(cachePath('latest')).filter((path) => !notes.has(path)),
    ...pathsIn(cachePath('initramfs')).filter((path) => Date.now() - statSync(path).mtimeMs > recentMs),
  ];
}

function pathsIn(folder: string): string[] {
  return statSync(folder, { throwIfNoEntry: false })
    ? readdirSync(folder).map((name) => join(folder, name))
    : [];
}
