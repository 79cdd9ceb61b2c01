import type { Breach } from './breach.js';
import type { Claim, PromiseRule } from './claim.js';
import type { Course } from './course.js';
import { goneRule } from './gone.js';
import { keptRule } from './kept.js';
import { type Law, law as ownLaw } from './law.js';
import type { Promised } from './promises.js';
import type { RecoveredTree } from './recovered-tree.js';
import { wholeRule } from './whole.js';

const rules: readonly PromiseRule[] = [keptRule, wholeRule, goneRule];

/**
 * All that is owed after a crash at which `acks` acks had been given.
 *
 * What the program did itself between that ack and the next one is never held against it, whenever in between the
 * power failed; so what is owed depends on the acks alone.
 */
export function claimsAfter(course: Course, acks: number, promises: Promised, law: Law = ownLaw): Claim[] {
  return rules.flatMap((rule) => rule(course, acks, promises, law));
}

/** @returns how a recovered tree breaks what is owed, one for each claim that it breaks */
export function breachesOf(tree: RecoveredTree, claims: readonly Claim[]): Breach[] {
  return claims.flatMap((claim) => claim.judge(tree) ?? []);
}
