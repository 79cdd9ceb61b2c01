import type { TreeEntry } from '../trace/events.js';
import type { FileBytes } from '../trace/file-bytes.js';
import type { Appearance } from './appearance.js';
import type { Manner } from './breach.js';

/**
 * What a program did to its directory, as far as promises ask. Told by the replayed system calls where these are known
 * (`TracedCourse`), else by snapshots and the watcher between them (`WatchedCourse`).
 */
export interface Course {
  /** Everything the program could see in its directory at an ack; null where nobody knows what that ack saw. */
  seenAt(acks: number): ReadonlyMap<string, TreeEntry> | null;
  content(entry: TreeEntry): FileBytes;
  /** What the program did under the name of something it saw at an ack, until the next one. */
  since(acks: number, entry: TreeEntry): Since;
  /** Names that ever were, and are not there at an ack. */
  absentAt(acks: number): Iterable<string>;
  /** Whether a name that was gone at an ack has been made again until the next one; null: that is not known. */
  isMadeAgain(acks: number, path: string): boolean | null;
  /** Names that ever were. */
  names(): Iterable<string>;
  versions(path: string): Versions;
  /** The same of what was read under a name through symbolic links. */
  versionsThroughLinks(path: string, rootPath: string | null): Versions;
}

export type Since =
  /** It was left alone: it is exactly as it was. */
  | 'nothing'
  /** So much was done under the name that it may show anything. */
  | 'anything'
  | Changes;

export interface Changes {
  /** The name was taken away at some moment: it need not be there. */
  removed: boolean;
  /** Other names that the file had since, if it had one at every moment; it is under one of them where its own is gone. */
  movedTo: readonly string[];
  /** What the name may show: the file that it led to at the ack first, then those that took it. */
  appearances: readonly [Appearance, ...Appearance[]];
  doubt: {
    /** Why it may be gone all the same, by the program's own doing; null when it may not. */
    name: string | null;
    /** Why it may show something else, by the program's own doing. */
    content: string | null;
  };
}

/** The whole contents that a name ever showed. */
export interface Versions {
  /** By size, so that nothing is read of a file whose size is none of them. */
  bySize: ReadonlyMap<number, readonly WholeVersion[]>;
  /** What else it led to at some moment: a directory, a FIFO. Such a thing is whole whenever it is there. */
  others: ReadonlySet<TreeEntry['type']>;
  /** There was a moment at which it led to nothing. */
  absent: boolean;
  /** Why there may be more versions than these; null when there are none. */
  doubt: string | null;
  manner: Manner | null;
}

export interface WholeVersion {
  content(): FileBytes;
}
