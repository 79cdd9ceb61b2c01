/** `gone`: a name that was gone at the last ack is not back, unless the program made it again since. */
import type { Promise_ } from '../scenario/schema/promise.js';
import type { Breach } from './breach.js';
import type { Claim } from './claim.js';
import { isAbsent } from './compare.js';
import type { Course } from './course.js';
import type { Law } from './law.js';
import { staysGone } from './promises.js';
import type { RecoveredTree } from './recovered-tree.js';

export function goneRule(course: Course, acks: number, promises: Promise_, law: Law): GoneClaim[] {
  if (!law.removalsKept || promises.gone.length === 0) return [];
  const claims: GoneClaim[] = [];
  for (const path of course.absentAt(acks))
    if (staysGone(path, promises)) claims.push(new GoneClaim(course, acks, path));
  return claims;
}

class GoneClaim implements Claim {
  constructor(
    private readonly course: Course,
    private readonly acks: number,
    readonly path: string,
  ) {}

  paths(): readonly string[] {
    return [this.path];
  }

  judge(tree: RecoveredTree): Breach | null {
    if (isAbsent(tree, this.path)) return null;
    const again = this.course.isMadeAgain(this.acks, this.path);
    if (again === true) return null;
    const detail = `${this.path} is back, though it was gone at the ack`;
    return {
      rule: 'gone',
      outcome: again === false ? 'violation' : 'unknown',
      path: this.path,
      failure: 'returned',
      detail:
        again === false
          ? detail
          : `${detail}; whether the program made it again since is not known: ack more often to tell`,
      manner: null,
    };
  }
}
