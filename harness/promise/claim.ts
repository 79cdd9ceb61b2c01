import type { Breach } from './breach.js';
import type { Course } from './course.js';
import type { Law } from './law.js';
import type { Promised } from './promises.js';
import type { RecoveredTree } from './recovered-tree.js';

/** What the tree after a crash owes to one path. */
export interface Claim {
  readonly path: string;
  /** All paths that judging it may look at. */
  paths(): readonly string[];
  /** Whether this tree keeps it, reading no more than that takes. */
  judge(tree: RecoveredTree): Breach | null;
}

/** One promise: what it owes after a crash at which so many acks had been given. */
export type PromiseRule = (course: Course, acks: number, promises: Promised, law: Law) => Claim[];
