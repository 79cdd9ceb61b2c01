import type { Problem } from '../../judge/judgement.js';
import type { FactRange } from './fact-store.js';
import type { InlineFacts } from './inline-facts.js';

/** What the recoverer is told before it begins, with each trace: a JSON line on its standard input. */
export interface RecovererSetup {
  traceFolder: string;
  spaceFolder: string;
  /** The lane's folder below it: `disk` and `control` lie in its `fuse`, the mount point is its `root`. */
  laneFolder: string;
  directIo: boolean;
  look: LookLimits | null;
}

/** How much looking at recovered trees may cost. What is beyond is not looked at, and counted. */
export interface LookLimits {
  /** In all, for one lane: names, and what else takes as long as a name does (tree-look.ts). */
  names: number;
  /** In one tree. */
  entries: number;
  /** Bytes of files in one tree. */
  bytes: number;
  /** Whether to try afterwards if the tree can be emptied and written to again. */
  empties: boolean;
}

/** The digest of a recovered tree, or that its limits kept it from being looked at (null); with a write torn. */
export type Seen = { tree: string | null; torn?: boolean };

/** The file whose reads give jobs and whose writes take answers. */
export const controlFile = 'control';
export const diskFile = 'disk';

/**
 * Recover the disk as it is now and judge what a crash at this point owes.
 *
 * `look`: then look at the whole tree, telling the lane when that begins and ends, because what is read meanwhile is
 * not part of the judgement; or do nothing but look.
 *
 * `keep`: leave it mounted for the next job, if it can be judged again there, and tell the lane when it is mounted.
 * `kept`: instead of mounting, judge what the job before left mounted, with nothing remembered of what files hold; or do
 * nothing but unmount it.
 */
export interface RecoveryJob {
  point: { log_index: number; reason: string; acks: number };
  look: 'no' | 'after' | 'only';
  keep?: boolean;
  kept?: 'judge' | 'unmount';
}

/**
 * What a recovery left, whatever was acked: problems that do not depend on acks, and what is known of the tree; null
 * where none could be looked at. Absent where a checker judges, which is told the acks.
 */
export interface Left<Facts> {
  lasting: Problem[];
  facts: Facts | null;
}

export type RecoveryAnswer =
  | { type: 'ready' }
  | { type: 'mounted' }
  | { type: 'looking' }
  | { type: 'looked' }
  | {
      type: 'judged';
      problems: Problem[];
      seen?: Seen;
      left?: Left<FactRange | InlineFacts>;
      /** It is still mounted. */
      kept?: boolean;
    }
  /** The recoverer cannot go on: a fault of ours, or a checker that keeps the file system busy. */
  | { type: 'fault'; message: string };
