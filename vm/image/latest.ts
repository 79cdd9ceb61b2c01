/**
 * Which packages a recipe was last resolved to, and so which entry of the cache it stands for. Without this note
 * every use of an image would have to ask the archive for its newest packages first.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { downloadPackages, isDownloaded, resolvePackages } from './apt.js';
import type { BuildOptions } from './build-options.js';
import {
  cachePath,
  type EntryKind,
  findEntry,
  makeEntry,
  making,
  putInPlace,
  withCacheLock,
} from './cache.js';
import { digestOf } from './digest.js';
import type { Package } from './package.js';
import type { Suite } from './suite.js';

/** How an entry is made of packages of a Debian release. */
export interface Recipe {
  kind: EntryKind;
  /** What people call it; part of a file's name. */
  name: string;
  suite: Suite;
  /** Packages to ask apt for. */
  wanted: readonly string[];
  /** Whether a package that apt would install is used. */
  uses: (packageName: string) => boolean;
  /** All else that decides what is made: it changes whenever the same packages would give another entry. */
  settings: unknown;
  fill: (folder: string, scratch: string, packages: readonly Package[]) => Promise<void>;
}

interface Latest {
  resolvedAt: string;
  /** All that apt would install, used or not. */
  packages: Package[];
}

/** The folder of a recipe's entry. It is made where it is missing, or where `refresh` finds newer packages. */
export async function entryOf(recipe: Recipe, options: BuildOptions): Promise<string> {
  const { signal, onStep, refresh } = options;
  const present = refresh ? undefined : findLatest(recipe);
  if (present) return present;
  return withCacheLock({ signal, onWait: () => onStep?.('waiting for another build to end') }, async () => {
    // Whoever had the lock may have made it.
    const made = refresh ? undefined : findLatest(recipe);
    if (made) return made;
    const packages = await fetchPackages(recipe, options);
    const key = keyOf(recipe, packages);
    return (
      findEntry(recipe.kind, key) ??
      (await makeEntry(recipe.kind, key, (folder, scratch) => recipe.fill(folder, scratch, packages)))
    );
  });
}

/** The entry that the recipe's note leads to, when it is there. */
export function findLatest(recipe: Recipe): string | undefined {
  const latest = readLatest(recipe);
  return latest && findEntry(recipe.kind, keyOf(recipe, used(recipe, latest.packages)));
}

async function fetchPackages(recipe: Recipe, options: BuildOptions): Promise<Package[]> {
  const known = used(recipe, readLatest(recipe)?.packages ?? []);
  if (!options.refresh && known.length > 0 && known.every(isDownloaded)) return known;
  // The archive may have dropped the versions in the note, so whoever downloads resolves anew.
  const packages = await resolvePackages(recipe.suite, recipe.wanted, options);
  await downloadPackages(recipe.suite, used(recipe, packages), options);
  await writeLatest(recipe, { resolvedAt: new Date().toISOString(), packages });
  return used(recipe, packages);
}

function used(recipe: Recipe, packages: readonly Package[]): Package[] {
  return packages.filter(({ name }) => recipe.uses(name));
}

function keyOf(recipe: Recipe, packages: readonly Package[]): string {
  return digestOf(recipe.settings, packages.map(({ name, sha256 }) => `${name} ${sha256}`).sort());
}

/** Named by what was asked for, so that versions of plugpull with other wishes do not take each other's note. */
export function latestPath({ kind, name, suite, wanted }: Recipe): string {
  return cachePath('latest', `${kind}-${name}-${digestOf(suite, wanted).slice(0, 8)}.json`);
}

function readLatest(recipe: Recipe): Latest | undefined {
  try {
    return JSON.parse(readFileSync(latestPath(recipe), 'utf8')) as Latest;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function writeLatest(recipe: Recipe, latest: Latest): Promise<void> {
  const path = latestPath(recipe);
  mkdirSync(dirname(path), { recursive: true });
  await making(async (folder) => {
    const draft = join(folder, 'latest.json');
    writeFileSync(draft, `${JSON.stringify(latest, undefined, 1)}\n`);
    putInPlace(draft, path);
  });
}
