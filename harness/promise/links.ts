/** Paths through symbolic links, as path_resolution(7) has it, within the recorded directory. */

/** What stands under a path that leads through no link; undefined: nothing. */
export type LookedAt =
  | {
      readonly type: 'file' | 'directory' | 'symlink' | 'other';
      readonly target?: string | undefined;
    }
  | undefined;

/** As the kernel has it (path_resolution(7)). */
const mostLinks = 40;

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
  return follow(path, look, rootPath, 0);
}

function follow(
  path: string,
  look: (path: string) => LookedAt,
  rootPath: string | null,
  links: number,
): string | null {
  if (links > mostLinks) return null;
  const walked: string[] = [];
  const parts = path.split('/');
  for (const [index, part] of parts.entries()) {
    if (part === '' || part === '.') continue;
    if (part === '..') {
      if (walked.pop() === undefined) return null;
      continue;
    }
    const { type, target } = look([...walked, part].join('/')) ?? {};
    if (type !== 'symlink' || target === undefined) {
      walked.push(part);
      continue;
    }
    const rest = parts.slice(index + 1).join('/');
    const inside = insideOf(target, rootPath);
    if (inside === null) return null;
    const from = target.startsWith('/') ? [] : walked;
    return follow([...from, inside, rest].join('/'), look, rootPath, links + 1);
  }
  return walked.join('/');
}

/** A link's target as a path from where it starts in the directory; null for one that is elsewhere. */
function insideOf(target: string, rootPath: string | null): string | null {
  if (!target.startsWith('/')) return target;
  if (target === rootPath) return '.';
  return rootPath !== null && target.startsWith(`${rootPath}/`) ? target.slice(rootPath.length + 1) : null;
}
