/**
 * A recovered directory as a promise asks about it: path by path, and of each no more than it needs, because every
 * block that is read is a block whose fate has to be decided. Paths are relative to the directory.
 */
import type { Xattrs } from '../trace/attributes.js';
import type { TreeEntry } from '../trace/events.js';
import type { FileBytes } from '../trace/file-bytes.js';

export interface RecoveredEntry {
  type: TreeEntry['type'];
  /** Permission bits. */
  mode: number;
  uid: number;
  gid: number;
  size: number;
  /** Of a symbolic link. */
  target?: string;
}

/** What is wanted of a file's content: its first bytes, and that it has no more than those or at least them. */
export interface WantedContent {
  lengthBytes: number;
  whole: boolean;
}

/** All throw an error whose `code` is the errno's name (`ENOENT`, `EIO`, ...), as Node's own do. */
export interface RecoveredTree {
  /** One path, without following it. */
  look(path: string): RecoveredEntry;
  /** One path, opened without following it; `content` only if it is a file of a size that can hold what is wanted. */
  lookInto(path: string, wanted: WantedContent): RecoveredEntry & { content: FileBytes | null };
  /** The extended attributes of one path, without following it: those that a promise can speak of. */
  xattrs(path: string): Xattrs;
}
