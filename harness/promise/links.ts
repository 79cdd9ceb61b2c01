/**
 * Paths through symbolic links, as path_resolution(7) has it, within the recorded directory. What stands at a place is for
 * the one who walks to say: there may be several answers, of several moments.
 */

import type { Inode } from '../model/inode.js';
import { insideOf, mostLinks } from '../model/path-walk.js';
import { type BytePath, displayPath } from '../syscalls/byte-path.js';
import type { TreeEntry } from '../trace/events.js';

/** A path on its way. */
export interface Walk<Place> {
  /** The places passed, the innermost last; none: it led out of the directory. */
  above: readonly Place[];
  /** What is left of the path. */
  rest: BytePath;
  links: number;
}

/** Where a path ends (null: above the directory), or the next name on it and where that stands. */
export type WalkStep<Place> =
  | { ended: true; place: Place | null }
  | { ended: false; place: Place; name: BytePath; walk: Walk<Place> };

export function nextStep<Place>(walk: Walk<Place>): WalkStep<Place> {
  let { above, rest } = walk;
  for (;;) {
    const place = above.at(-1) ?? null;
    if (rest === '' || place === null) return { ended: true, place };
    const slash = rest.indexOf('/');
    const name = slash < 0 ? rest : rest.slice(0, slash);
    rest = slash < 0 ? '' : rest.slice(slash + 1);
    if (name === '' || name === '.') continue;
    if (name !== '..') return { ended: false, place, name, walk: { ...walk, above, rest } };
    above = above.slice(0, -1);
  }
}

/**
 * The way on where a name leads to this; null where a link leads out of the directory, or is one too many.
 *
 * @param target of a symbolic link; null for anything else
 */
export function into<Place>(
  { walk }: Extract<WalkStep<Place>, { ended: false }>,
  { place, target }: { place: Place; target: BytePath | null },
  { root, rootPath }: { root: Place; rootPath: BytePath | null },
): Walk<Place> | null {
  const { above, rest, links } = walk;
  if (target === null) return { above: [...above, place], rest, links };
  if (links >= mostLinks) return null;
  if (!target.startsWith('/')) return { above, rest: `${target}/${rest}`, links: links + 1 };
  const inside = rootPath === null ? null : insideOf(target, rootPath);
  return inside === null ? null : { above: [root], rest: `${inside}/${rest}`, links: links + 1 };
}

/** What stands under a path that leads through no link; undefined: nothing. */
export type LookedAt =
  | {
      readonly type: TreeEntry['type'];
      readonly target?: string | undefined;
    }
  | undefined;

/** The same of something of the logical state. */
export function thingOf({ kind, target }: Pick<Inode, 'kind' | 'target'>): NonNullable<LookedAt> {
  return {
    type: kind === 'special' ? 'other' : kind,
    target: target === null ? undefined : displayPath(target),
  };
}

/**
 * Where a path leads: the first path on its way that is no link, whether something is there or not.
 *
 * @param rootPath absolute path of the directory; null when it is not known, and absolute links lead out of it
 * @returns null where that lies outside the directory, or nowhere
 */
export function endOfLinks(
  path: string,
  look: (path: string) => LookedAt,
  rootPath: string | null,
): string | null {
  for (let walk: Walk<string> | null = { above: [''], rest: path, links: 0 }; walk; ) {
    const step: WalkStep<string> = nextStep(walk);
    if (step.ended) return step.place;
    const place: string = step.place === '' ? step.name : `${step.place}/${step.name}`;
    const { type, target } = look(place) ?? {};
    walk = into(
      step,
      { place, target: type === 'symlink' ? (target ?? null) : null },
      { root: '', rootPath },
    );
  }
  return null;
}
