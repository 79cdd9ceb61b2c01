import type { BytePath } from '../syscalls/byte-path.js';
import type { PathAt } from '../syscalls/call.js';
import { type Inode, pathOf } from './inode.js';

/** Where a path leads. */
export type Place =
  | { kind: 'outside'; path: BytePath }
  /** A name in a directory of ours; `inode` is null when nothing has that name. */
  | { kind: 'name'; directory: Inode; name: BytePath; inode: Inode | null }
  /** A file of ours reached without a name: the directory itself, a descriptor, `..`. */
  | { kind: 'inode'; inode: Inode }
  | { kind: 'missing' };

/** Symbolic links on one path's way, as the kernel has it (path_resolution(7)). */
export const mostLinks = 40;

/** Resolves paths as path_resolution(7) says, inside the program's directory; what leaves it is `outside`. */
export class PathWalk {
  constructor(
    private readonly root: Inode,
    /** Absolute path of the program's directory without symbolic links. */
    private readonly rootPath: BytePath,
  ) {}

  /** `start` is a directory of ours, or the absolute path of one that is not. */
  resolve(start: Inode | BytePath, path: BytePath, followLast: boolean): Place {
    return this.walk(start, path, followLast, 0);
  }

  /** An absolute path as `/proc` shows it: no symbolic links. */
  byAbsolutePath(path: BytePath): Place {
    return this.walk('/', path, false, 0);
  }

  /** An absolute path from the program's directory; null where it does not lie there. */
  below(path: BytePath): BytePath | null {
    return insideOf(path, this.rootPath);
  }

  private walk(start: Inode | BytePath, path: BytePath, followLast: boolean, links: number): Place {
    if (links > mostLinks) return { kind: 'missing' };
    if (path.startsWith('/') || typeof start === 'string') {
      const absolute = path.startsWith('/') ? path : `${start as string}/${path}`;
      const inside = insideOf(absolute, this.rootPath);
      return inside === null
        ? { kind: 'outside', path: normalise(absolute) }
        : this.walk(this.root, inside, followLast, links);
    }
    let directory: Inode = start;
    const parts = path.split('/').filter((part) => part !== '' && part !== '.');
    const mustBeDirectory = path.endsWith('/') || path.endsWith('/.');
    if (parts.length === 0) return { kind: 'inode', inode: directory };
    for (let index = 0; index < parts.length; index++) {
      const name = parts[index]!;
      const last = index === parts.length - 1;
      if (directory.kind !== 'directory') return { kind: 'missing' };
      if (name === '..') {
        if (directory === this.root) {
          const above = this.rootPath.slice(0, this.rootPath.lastIndexOf('/')) || '/';
          return this.walk(above, parts.slice(index + 1).join('/') || '.', followLast, links + 1);
        }
        if (!directory.place) return { kind: 'missing' };
        directory = directory.place.directory;
        if (last) return { kind: 'inode', inode: directory };
        continue;
      }
      const inode = directory.entries.get(name) ?? null;
      if (inode?.kind === 'symlink' && (!last || followLast || mustBeDirectory)) {
        const rest = parts.slice(index + 1).join('/');
        const target = rest === '' ? inode.target! : `${inode.target}/${rest}`;
        return this.walk(directory, target, followLast, links + 1);
      }
      if (last) return { kind: 'name', directory, name, inode };
      if (!inode) return { kind: 'missing' };
      directory = inode;
    }
    return { kind: 'missing' };
  }
}

/**
 * The part of an absolute path below a directory, `.` for itself; null where it does not lie there. Only lexical: symbolic
 * links outside are not known here.
 */
export function insideOf(absolute: BytePath, rootPath: BytePath): BytePath | null {
  const path = absolute.includes('/.') || absolute.includes('//') ? normalise(absolute) : absolute;
  if (path === rootPath || path === `${rootPath}/`) return '.';
  if (!path.startsWith(`${rootPath}/`)) return null;
  // The rest keeps its dots: they may pass through symbolic links of ours. Slashes before it would make it absolute again.
  const rest = absolute.startsWith(`${rootPath}/`) ? absolute : path;
  return rest.slice(rootPath.length).replace(/^\/+/, '') || '.';
}

/** Without `.`, `..` and doubled slashes, as if no component were a symbolic link. */
export function normalise(path: BytePath): BytePath {
  const parts: BytePath[] = [];
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}${path.endsWith('/') && parts.length > 0 ? '/' : ''}`;
}

const standardStreams = ['/dev/stdin', '/dev/stdout', '/dev/stderr'];

/** The descriptor number in `/proc/self/fd/N`, `/dev/stdout` and their like, or null. */
export function descriptorInPath(path: BytePath): number | null {
  const standard = standardStreams.indexOf(path);
  if (standard >= 0) return standard;
  const match = /^\/(?:proc\/(?:self|thread-self|\d+(?:\/task\/\d+)?)|dev)\/fd\/(\d+)$/.exec(path);
  return match ? Number(match[1]) : null;
}

/** How a call's path looks to a person: from the program's directory where it lies inside. */
export function shownPlace(place: Place, at: PathAt): BytePath {
  if (place.kind === 'inode') return pathOf(place.inode);
  if (place.kind === 'name') {
    const above = pathOf(place.directory);
    return above === '.' ? place.name : `${above}/${place.name}`;
  }
  return place.kind === 'outside' ? place.path : at.path;
}
