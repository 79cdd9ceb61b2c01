import type { TreeEntry } from '../trace/events.js';

/** What of a file, directory or link a promise can speak of. Times are none of it. */
export type Part = 'name' | 'content' | 'mode' | 'owner' | 'xattrs' | 'target';

/**
 * What an ack owes: the one text that both engines ask, the replay engine of what recovery left, the contract engine
 * of what a model may take away.
 */
export interface Law {
  /** Of each kind of thing that was visible at the ack, the parts that have to be there as they were then. */
  owed: Readonly<Record<TreeEntry['type'], ReadonlySet<Part>>>;
  /**
   * A file that takes an owed name after the ack shows there what it held when it took the name or what was written to
   * it since: the program made the name lead to that, and to nothing less.
   */
  arrivalsWhole: boolean;
  /** A file that had a name at every moment since the ack is under one of those it had. */
  movesKept: boolean;
  /** A name that was gone at the ack and that `gone` speaks of stays gone, unless it was made again. */
  removalsKept: boolean;
  /** What `atomic` speaks of is one of the whole versions, the first or any other one. */
  versionsWhole: boolean;
}

export const law: Law = {
  owed: {
    file: new Set(['name', 'content', 'mode', 'owner', 'xattrs']),
    directory: new Set(['name', 'mode', 'owner', 'xattrs']),
    // A link cannot be opened, so no call could be asked to make its owner durable.
    symlink: new Set(['name', 'target']),
    other: new Set(['name']),
  },
  arrivalsWhole: true,
  movesKept: true,
  removalsKept: true,
  versionsWhole: true,
};
