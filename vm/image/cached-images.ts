import { existsSync, readdirSync, statSync } from 'node:fs';
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
  const used = new Set(debianRecipes({}).map(findLatest));
  return {
    folder: cacheFolder(),
    images: kinds.flatMap((kind) => namesIn(cachePath(kind)).map((key) => describe(kind, key, used))),
    initramfsBytes: bytesBelow(cachePath('initramfs')),
    downloadBytes: bytesBelow(cachePath('debs')) + bytesBelow(cachePath('apt')),
  };
}

function describe(kind: EntryKind, key: string, used: ReadonlySet<string | undefined>): CachedImage {
  const path = cachePath(kind, key);
  const about = readAbout(path);
  return {
    kind,
    name: about?.name ?? key,
    version: about?.version ?? '',
    path,
    bytes: bytesBelow(path),
    made: statSync(path).mtime.toISOString(),
    // A user's own kernel or container is replaced by nothing that we know of.
    current: used.has(path) || (about !== undefined && about.packages === undefined),
  };
}

function namesIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder).sort() : [];
}
