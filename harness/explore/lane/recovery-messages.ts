import type { Problem } from '../../judge/judgement.js';

/** What the recoverer is told before it begins: one JSON line on its standard input. */
export interface RecovererSetup {
  traceFolder: string;
  spaceFolder: string;
  /** The lane's folder below it: `disk` and `control` lie in its `fuse`, the mount point is its `root`. */
  laneFolder: string;
  directIo: boolean;
}

/** The file whose reads give jobs and whose writes take answers. */
export const controlFile = 'control';
export const diskFile = 'disk';

/** Recover the disk as it is now and judge what a crash at this point owes. */
export interface RecoveryJob {
  point: { log_index: number; reason: string; acks: number };
}

export type RecoveryAnswer =
  | { type: 'ready' }
  | { type: 'judged'; problems: Problem[] }
  /** The recoverer cannot go on: a fault of ours, or a checker that keeps the file system busy. */
  | { type: 'fault'; message: string };
