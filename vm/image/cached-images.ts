import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { readAbout } from './about.js';
import { cacheFolder, cachePath, type EntryKind } from './cache.js';
import { debianRecipes } from './debian-recipes.js';
import { bytesBelow } from './folder-size.js';
import { findLatest } from './latest.js';

/** An entry of the cache. */
export interface CachedImage {
  kind: EntryKind;
  /** `cloud@bookworm`, `debian`, the path of a kernel, the name of a container image. */
  name: string;
  /** A kernel's release, the version of the root's Debian, a container image's id. */
  version: string;
  path: string;
  bytes: number;
  /** ISO 8601. */
  made: string;
  /** False for what newer packages or another version of plugpull have replaced. */
  current: boolean;
}

export interface CacheContents {
  folder: string;
  images: CachedImage[];
  /** Initramfs archives; a missing one is made again in milliseconds. */
  initramfsBytes: number;
  /** Packages and apt's lists, which only the next build needs. */
  downloadBytes: number;
}

const kinds: readonly EntryKind[] = ['kernel', 'root', 'container'];

export function cacheContents(): CacheContents {
  const entries = kinds.flatMap((kind) => namesIn(cachePath(kind)).map((key) => look(kind, key)));
  const used = new Set(debianRecipes({}).map(findLatest));
  return {
    folder: cacheFolder(),
    images: entries.map(({ about, ...entry }) => ({
      ...entry,
      name: about?.name ?? basename(entry.path),
      version: about?.version ?? '',
      bytes: bytesBelow(entry.path),
      // Debian's are current as their note says; of a user's own, the newest of a name.
      current: about?.packages
        ? used.has(entry.path)
        : about !== undefined &&
          !entries.some(
            (other) =>
              other.kind === entry.kind && other.about?.name === about.name && other.made > entry.made,
          ),
    })),
    initramfsBytes: bytesBelow(cachePath('initramfs')),
    downloadBytes: bytesBelow(cachePath('debs')) + bytesBelow(cachePath('apt')),
  };
}

function look(kind: EntryKind, key: string) {
  const path = cachePath(kind, key);
  return { kind, path, about: readAbout(path), made: statSync(path).mtime.toISOString() };
}

function namesIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder).sort() : [];
}
