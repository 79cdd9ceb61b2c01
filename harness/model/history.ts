import type { BytePath } from '../syscalls/byte-path.js';
import type { Call } from '../syscalls/call.js';
import type { Effect } from './effect.js';
import type { Inode } from './inode.js';

/** What a synchronising call asks to be made durable. Which effects that covers is the persistence model's business. */
export interface SyncRequest {
  scope: 'file' | 'data' | 'full' | 'barrier' | 'range' | 'mapping' | 'everything' | 'own_file' | 'own_data';
  /** null for `everything`. */
  inode: Inode | null;
  /** The file's path when it was asked, where it was asked by a descriptor. */
  path?: BytePath;
  /** The bytes of the file that `mapping` is about. */
  range?: { from: number; to: number };
  /** An error the call returned; it made nothing durable then. */
  errno: string | null;
}

/** One call that changed, or asked to make durable, something in the program's directory. */
export interface Step {
  readonly index: number;
  readonly call: Call;
  readonly enter: number;
  readonly exit: number;
  /** In words a person reads: `rename(config.json.tmp, config.json)`. */
  readonly title: string;
  readonly effects: Effect[];
  readonly sync: SyncRequest | null;
  /** The last descriptor that could write to this file was closed by this call. */
  readonly released: Inode | null;
}

/** The moment the program told the outside world that something is safe, or that it begins. */
export interface Ack {
  readonly text: string;
  /** Position at which the call that sent it was entered: into a pipe, where others only handed it on. */
  readonly at: number;
  /** Position at which the call was entered that brought it to whoever waits for it. */
  readonly told: number;
  /** Position at which that one returned: a recording stamped it, and took its snapshot, in between. */
  readonly until: number;
  readonly timeNs: bigint;
}

/** Something that keeps a verdict from being more than `unknown`. */
export interface Doubt {
  /** Files concerned; null: all. */
  path: BytePath | null;
  reason: string;
  since: number;
}

/** Everything one run did to its directory, in order. */
export interface History {
  readonly root: Inode;
  readonly inodes: readonly Inode[];
  readonly steps: readonly Step[];
  readonly effects: readonly Effect[];
  readonly acks: readonly Ack[];
  /** What was said to begin. */
  readonly begun: readonly Ack[];
  /** Why something that was said on standard output may not have been read; null or left out: all was. */
  readonly saidDoubt?: string | null;
  /** What could not be followed, and where the replay and the trace disagree. */
  readonly doubts: readonly Doubt[];
  /**
   * Other courses that the run may have taken: a process was killed in a call, and what was left does not tell whether it
   * was done. Left out: there is none.
   */
  readonly others?: readonly History[];
  /** A position behind everything in the log. */
  readonly end: number;
}
