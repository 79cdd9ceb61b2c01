/**
 * What promised names mean that are no files. A file behind a symbolic link is what its user reads under the link's name,
 * so it is promised, too; and a directory is promised with what is in it only where that is named.
 */
import type { DirectoryTree } from '../model/directory-tree.js';
import type { Promise_ } from '../scenario/schema/promise.js';
import { displayPath } from '../syscalls/byte-path.js';
import type { Snapshot } from '../trace/observations.js';
import { isIgnored, isNamed } from './globs.js';

/** What was seen at one moment: paths from the workload's directory. */
export type SeenThings = ReadonlyMap<
  string,
  { readonly type: 'file' | 'directory' | 'symlink' | 'other'; readonly target?: string | undefined }
>;

export interface PromisedNames {
  /** With the files that promised links lead to. */
  promises: Promise_;
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
  const told = { ...promises };
  for (const kind of ['files', 'atomic'] as const) {
    if (promises[kind].length === 0) continue;
    const more: string[] = [];
    for (const link of promisedLinks(promises[kind], promises, seen)) {
      const leads = whereLeads(link, kind === 'files' ? afterItsMaking(link, seen) : seen, rootPath);
      const isNamedItself = promises[kind].includes(link);
      if (typeof leads === 'string') more.push(leads);
      else if (isNamedItself || (kind === 'atomic' && leads.changes)) {
        doubts.push(
          `promise.${kind}: ${link} is a symbolic link ${leads.changes ? 'that leads elsewhere at another time' : 'out of the recorded directory'}, so what is read through it is not judged: name the files that it leads to, or let a checker judge it`,
        );
      }
    }
    told[kind] = [...promises[kind], ...more];
    if (!promises.snapshot) doubts.push(...bareDirectories(kind, promises, seen));
  }
  return { promises: told, doubts };
}

function promisedLinks(
  globs: readonly string[],
  { ignore }: Promise_,
  seen: readonly SeenThings[],
): Set<string> {
  const links = new Set<string>();
  for (const things of seen)
    for (const [path, { type }] of things)
      if (type === 'symlink' && isNamed(path, globs) && !isIgnored(path, ignore)) links.add(path);
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

/** The path below the directory that a link leads to at all times. */
function whereLeads(
  link: string,
  seen: readonly SeenThings[],
  rootPath: string | null,
): string | { changes: boolean } {
  const ends = new Set(seen.map((things) => endOf(link, things, rootPath, 0)));
  const [end] = ends;
  return ends.size > 1 ? { changes: true } : (end ?? { changes: false });
}

/** As path_resolution(7) has it, to the first name that is no link; null where that lies outside, or nowhere. */
function endOf(path: string, things: SeenThings, rootPath: string | null, links: number): string | null {
  if (links > 40) return null;
  const walked: string[] = [];
  const parts = path.split('/');
  for (const [index, part] of parts.entries()) {
    if (part === '' || part === '.') continue;
    if (part === '..') {
      if (walked.pop() === undefined) return null;
      continue;
    }
    const here = [...walked, part].join('/');
    const { type, target } = things.get(here) ?? {};
    if (type !== 'symlink' || target === undefined) {
      walked.push(part);
      continue;
    }
    const rest = parts.slice(index + 1).join('/');
    if (!target.startsWith('/'))
      return endOf([...walked, target, rest].join('/'), things, rootPath, links + 1);
    if (rootPath === null || !target.startsWith(`${rootPath}/`)) return null;
    return endOf(`${target.slice(rootPath.length + 1)}/${rest}`, things, rootPath, links + 1);
  }
  return walked.join('/');
}

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
  const things = [...tree].map(
    ([path, { kind, target }]) =>
      [
        displayPath(path),
        {
          type: kind === 'special' ? ('other' as const) : kind,
          target: target === null ? undefined : displayPath(target),
        },
      ] as const,
  );
  return new Map(things);
}
