/**
 * What promised names mean that are no files. A file behind a symbolic link is what its user reads under the link's name,
 * so it is promised, too, whatever the link leads to at the time; and a directory is promised with what is in it only where
 * that is named.
 */
import type { DirectoryTree } from '../model/directory-tree.js';
import type { Promise_ } from '../scenario/schema/promise.js';
import { displayPath } from '../syscalls/byte-path.js';
import type { Snapshot } from '../trace/observations.js';
import { isIgnored, isNamed } from './globs.js';
import { endOfLinks, type LookedAt, thingOf } from './links.js';
import type { Promised } from './promises.js';

/** What was seen at one moment: paths from the workload's directory. */
export type SeenThings = ReadonlyMap<string, NonNullable<LookedAt>>;

export interface PromisedNames {
  promises: Promised;
  /** Names that led to something through links: files that were promised though no directory has such a name. */
  reached: string[];
  /** Why some of it cannot be judged, one sentence each. */
  doubts: string[];
}

/**
 * @param seen the directory at the start, and later
 * @param rootPath absolute path of the directory; null when it is not known, and absolute links lead out of it
 */
export function promisedNames(
  promises: Promise_,
  seen: readonly SeenThings[],
  rootPath: string | null,
): PromisedNames {
  const doubts: string[] = [];
  const linked: { files: string[]; atomic: string[] } = { files: [], atomic: [] };
  const whole = [...promises.atomic];
  for (const kind of ['files', 'atomic'] as const) {
    if (promises[kind].length === 0) continue;
    for (const link of promisedLinks(promises[kind], promises, seen)) {
      const ends = new Set(
        (kind === 'files' ? afterItsMaking(link, seen) : seen).map((things) => endIn(things, link, rootPath)),
      );
      const [end] = ends;
      if (ends.has(null)) {
        if (promises[kind].includes(link))
          doubts.push(
            `promise.${kind}: ${link} is a symbolic link out of the recorded directory, so what is read through it is not judged: name the files that it leads to, or let a checker judge it`,
          );
      } else if (kind === 'atomic' && ends.size === 1) whole.push(end!);
      else linked[kind].push(link);
    }
    if (!promises.snapshot) doubts.push(...bareDirectories(kind, promises, seen));
  }
  const through = linked.files.length + linked.atomic.length > 0;
  return {
    promises: { ...promises, atomic: whole, ...(through ? { linked: { ...linked, rootPath } } : {}) },
    reached: [...linked.files, ...linked.atomic].filter((link) =>
      seen.some((things) => things.has(endIn(things, link, rootPath) ?? '')),
    ),
    doubts,
  };
}

/** Names that are symbolic links, or that lead through one, at some moment. */
function promisedLinks(
  globs: readonly string[],
  { ignore }: Promise_,
  seen: readonly SeenThings[],
): Set<string> {
  const links = new Set<string>();
  for (const things of seen) {
    for (const [path, { type }] of things)
      if (type === 'symlink' && isNamed(path, globs) && !isIgnored(path, ignore)) links.add(path);
    for (const glob of globs) {
      const path = glob.replace(/^(\.\/)+/, '');
      const above = path.split('/').map((_, index, parts) => parts.slice(0, index).join('/'));
      if (above.some((each) => things.get(each)?.type === 'symlink') && !isIgnored(path, ignore))
        links.add(path);
    }
  }
  return links;
}

/** Nothing was promised of a link before it was there. */
function afterItsMaking(link: string, seen: readonly SeenThings[]): readonly SeenThings[] {
  return seen.slice(
    Math.max(
      0,
      seen.findIndex((things) => things.has(link)),
    ),
  );
}

const endIn = (things: SeenThings, link: string, rootPath: string | null): string | null =>
  endOfLinks(link, (path) => things.get(path), rootPath);

/** Directories that are named without anything in them, though there was something. */
function bareDirectories(
  kind: 'files' | 'atomic',
  promises: Promise_,
  seen: readonly SeenThings[],
): string[] {
  const doubts: string[] = [];
  for (const glob of promises[kind]) {
    const path = glob.replace(/^(\.\/)+|\/+$/g, '');
    const kinds = new Set(seen.flatMap((things) => things.get(path)?.type ?? []));
    if (kinds.size !== 1 || !kinds.has('directory')) continue;
    const within = new Set(
      seen.flatMap((things) => [...things.keys()].filter((name) => name.startsWith(`${path}/`))),
    );
    if (within.size === 0 || [...within].some((name) => isNamed(name, promises[kind]))) continue;
    doubts.push(
      `promise.${kind}: ${path} is a directory, and nothing in it is promised by its name: ${path}/** names what is in it`,
    );
  }
  return doubts;
}

/** The same of what a trace's snapshots saw. */
export function promisedInTrace(
  promises: Promise_,
  {
    snapshots,
    manifest,
  }: { snapshots: readonly Snapshot[]; manifest: { calls?: { root: string } | undefined } },
): PromisedNames {
  const seen = snapshots.map(({ tree }) => tree);
  return promisedNames(promises, [...new Set(seen)], manifest.calls?.root ?? null);
}

/** A directory as it was read, in the same form. */
export function seenThings(tree: DirectoryTree): SeenThings {
  const things = [...tree].map(([path, node]) => [displayPath(path), thingOf(node)] as const);
  return new Map(things);
}
