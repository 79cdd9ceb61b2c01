/**
 * `atomic`: the path shows a whole version at every instant, the first or any later one, acked or not. How old it may
 * be is for `snapshot` and `files` to say.
 */
import { errorCode } from '../attach/libc.js';
import type { Breach } from './breach.js';
import type { Claim } from './claim.js';
import { type Difference, differenceOfBytes, differenceOfSize, lookedAt } from './compare.js';
import type { Course, Versions } from './course.js';
import type { Law } from './law.js';
import { endOfLinks, type LookedAt } from './links.js';
import { isWhole, type Promised } from './promises.js';
import type { RecoveredTree } from './recovered-tree.js';

export function wholeRule(course: Course, _acks: number, promises: Promised, law: Law): Claim[] {
  if (!law.versionsWhole || promises.atomic.length === 0) return [];
  const claims: Claim[] = [];
  for (const path of course.names()) if (isWhole(path, promises)) claims.push(new WholeClaim(course, path));
  const { linked } = promises;
  for (const path of linked?.atomic ?? []) claims.push(new LinkedClaim(course, path, linked!.rootPath));
  return claims;
}

class WholeClaim implements Claim {
  #versions: Versions | undefined;

  constructor(
    private readonly course: Course,
    readonly path: string,
  ) {}

  paths(): readonly string[] {
    return [this.path];
  }

  judge(tree: RecoveredTree): Breach | null {
    this.#versions ??= this.course.versions(this.path);
    const versions = this.#versions;
    // A name that never led to a file is none that a file could be whole under.
    if (versions.bySize.size === 0 && versions.doubt === null) return null;
    const difference = lookedAt(this.path, 'file', () => differenceOf(tree, this.path, versions));
    return breachOf(this.path, difference, versions);
  }
}

/** Whatever the links on its way lead to is what is read under the name. */
class LinkedClaim implements Claim {
  #versions: Versions | undefined;

  constructor(
    private readonly course: Course,
    readonly path: string,
    private readonly rootPath: string | null,
  ) {}

  paths(): readonly string[] {
    return [this.path];
  }

  judge(tree: RecoveredTree): Breach | null {
    const { path, rootPath } = this;
    this.#versions ??= this.course.versionsThroughLinks(path, rootPath);
    const versions = this.#versions;
    const end = endOfLinks(path, (each) => thingIn(tree, each), rootPath);
    if (versions.bySize.size === 0 && versions.others.size === 0 && versions.doubt === null) return null;
    // Out of the directory nothing is judged, and it says so where that was seen.
    if (end === null) return null;
    const difference = lookedAt(path, 'file', () => differenceOf(tree, end, versions));
    return breachOf(path, difference, versions);
  }
}

function thingIn(tree: RecoveredTree, path: string): LookedAt {
  try {
    return tree.look(path);
  } catch (error) {
    if (errorCode(error) === null) throw error;
    return undefined;
  }
}

function breachOf(path: string, difference: Difference, { absent, doubt, manner }: Versions): Breach | null {
  if (!difference || (difference.failure === 'missing' && absent)) return null;
  const mayBeOwn = doubt !== null && difference.failure !== 'missing';
  return {
    rule: 'whole',
    outcome: mayBeOwn ? 'unknown' : 'violation',
    path,
    failure: difference.failure,
    detail: mayBeOwn ? `${difference.detail}; ${doubt}` : difference.detail,
    manner,
  };
}

function differenceOf(tree: RecoveredTree, path: string, { bySize, others }: Versions): Difference {
  const { type, size } = tree.look(path);
  if (others.has(type)) return null;
  if (type !== 'file') return { failure: 'wrong type', detail: `${path} is a ${type}, was a file` };
  const candidates = (bySize.get(size) ?? []).map((version) => version.content());
  if (candidates.length === 0) {
    const nearest = [...bySize.keys()].sort((a, b) => Math.abs(a - size) - Math.abs(b - size));
    if (nearest.length === 0)
      return { failure: 'different', detail: `${path} is there, though nobody saw a version of it` };
    return differenceOfSize(path, size, nearest[0]!);
  }
  const { content } = tree.lookInto(path, { lengthBytes: size, whole: true });
  if (content === null || candidates.some((candidate) => candidate.equals(content))) return null;
  // Told against the version that it has most of.
  const at = Math.max(...candidates.map((candidate) => candidate.firstDifference(content)));
  return differenceOfBytes(path, content, at, size);
}
