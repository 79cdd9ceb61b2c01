/**
 * `atomic`: the path shows a whole version at every instant, the first or any later one, acked or not. How old it may
 * be is for `snapshot` and `files` to say.
 */
import type { Promise_ } from '../scenario/schema/promise.js';
import type { Breach } from './breach.js';
import type { Claim } from './claim.js';
import { type Difference, differenceOfBytes, differenceOfSize, lookedAt } from './compare.js';
import type { Course, Versions } from './course.js';
import type { Law } from './law.js';
import { isWhole } from './promises.js';
import type { RecoveredTree } from './recovered-tree.js';

export function wholeRule(course: Course, _acks: number, promises: Promise_, law: Law): WholeClaim[] {
  if (!law.versionsWhole || promises.atomic.length === 0) return [];
  const claims: WholeClaim[] = [];
  for (const path of course.names()) if (isWhole(path, promises)) claims.push(new WholeClaim(course, path));
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
    const difference = lookedAt(this.path, 'file', () => this.#difference(tree, versions));
    if (!difference || (difference.failure === 'missing' && versions.absent)) return null;
    const { doubt, manner } = versions;
    const mayBeOwn = doubt !== null && difference.failure !== 'missing';
    return {
      rule: 'whole',
      outcome: mayBeOwn ? 'unknown' : 'violation',
      path: this.path,
      failure: difference.failure,
      detail: mayBeOwn ? `${difference.detail}; ${doubt}` : difference.detail,
      manner,
    };
  }

  #difference(tree: RecoveredTree, { bySize }: Versions): Difference {
    const { type, size } = tree.look(this.path);
    if (type !== 'file') return { failure: 'wrong type', detail: `${this.path} is a ${type}, was a file` };
    const candidates = (bySize.get(size) ?? []).map((version) => version.content());
    if (candidates.length === 0) {
      const nearest = [...bySize.keys()].sort((a, b) => Math.abs(a - size) - Math.abs(b - size));
      if (nearest.length === 0)
        return { failure: 'different', detail: `${this.path} is there, though nobody saw a version of it` };
      return differenceOfSize(this.path, size, nearest[0]!);
    }
    const { content } = tree.lookInto(this.path, { lengthBytes: size, whole: true });
    if (content === null || candidates.some((candidate) => candidate.equals(content))) return null;
    // Told against the version that it has most of.
    const at = Math.max(...candidates.map((candidate) => candidate.firstDifference(content)));
    return differenceOfBytes(this.path, content, at, size);
  }
}
