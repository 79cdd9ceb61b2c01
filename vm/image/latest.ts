/**
 * Which packages a recipe was last resolved to, and so which entry of the cache it stands for. Without this note
 * every use of an image would have to ask the archive for its newest packages first.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { writeAbout } from './about.js';
import { downloadPackages, isDownloaded, resolvePackages } from './apt.js';
import type { BuildOptions } from './build-options.js';
import { requireBuildTools } from './build-tools.js';
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
import { type Package, packageSchema } from './package.js';
import { readJson } from './read-json.js';
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
  /** What `vm list` calls the version of a finished entry. */
  version: (folder: string, packages: readonly Package[]) => string;
  fill: (folder: string, scratch: string, packages: readonly Package[]) => Promise<void>;
}

const noteSchema = z.object({ packages: z.array(packageSchema).min(1) });

/** What downloading, unpacking and packing packages takes. */
const packageTools = { kernel: ['depmod', 'modprobe'], root: ['mksquashfs'], container: [] };

/** The folder of a recipe's entry. It is made where it is missing, or where `refresh` finds newer packages. */
export async function entryOf(recipe: Recipe, options: BuildOptions): Promise<string> {
  const { refresh } = options;
  const present = refresh ? undefined : findLatest(recipe);
  if (present) return present;
  return withCacheLock(options, async () => {
    // Whoever had the lock may have made it.
    const made = refresh ? undefined : findLatest(recipe);
    if (made) return made;
    requireBuildTools(`building ${recipe.kind} ${recipe.name}`, [
      ...['apt-get', 'dpkg-deb', 'tar'],
      ...packageTools[recipe.kind],
    ]);
    const packages = await choosePackages(recipe, options);
    const key = keyOf(recipe, packages);
    const folder = findEntry(recipe.kind, key) ?? (await make(recipe, key, packages, options));
    // Last, so that what was there before stays in use when this build does not get to its end.
    await writeLatest(recipe, packages);
    return folder;
  });
}

async function make(
  recipe: Recipe,
  key: string,
  packages: readonly Package[],
  options: BuildOptions,
): Promise<string> {
  await downloadPackages(recipe.suite, packages, options);
  return makeEntry(recipe.kind, key, async (folder, scratch) => {
    await recipe.fill(folder, scratch, packages);
    writeAbout(folder, {
      name: recipe.name,
      version: recipe.version(folder, packages),
      packages: Object.fromEntries(packages.map((each) => [each.name, each.version])),
    });
  });
}

/** The entry that the recipe's note leads to, when it is there. */
export function findLatest(recipe: Recipe): string | undefined {
  const packages = readLatest(recipe);
  return packages && findEntry(recipe.kind, keyOf(recipe, used(recipe, packages)));
}

async function choosePackages(recipe: Recipe, options: BuildOptions): Promise<Package[]> {
  const known = used(recipe, readLatest(recipe) ?? []);
  if (!options.refresh && known.length > 0 && known.every(isDownloaded)) return known;
  // The archive may have dropped the versions in the note, so whoever has to download resolves anew.
  return used(recipe, await resolvePackages(recipe.suite, recipe.wanted, options));
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

/** Undefined where there is no note, or one that this version cannot read. */
function readLatest(recipe: Recipe): Package[] | undefined {
  return readJson(latestPath(recipe), noteSchema)?.packages;
}

async function writeLatest(recipe: Recipe, packages: readonly Package[]): Promise<void> {
  const path = latestPath(recipe);
  const note: z.input<typeof noteSchema> = { packages: [...packages] };
  mkdirSync(dirname(path), { recursive: true });
  await making(async (folder) => {
    const draft = join(folder, 'latest.json');
    writeFileSync(draft, `${JSON.stringify(note, undefined, 1)}\n`);
    putInPlace(draft, path);
  });
}
