/** What a file system made of an fsync that the disk failed. */

export const pageBytes = 4096;
/** What the file holds before, and what is written to it. */
export const oldByte = 0x4f;
export const newByte = 0x4e;

/** A page as somebody found it; else the name of an errno, or what a file is not. */
export type Shown = 'old' | 'new' | 'neither' | string;

/** As it was seen while it was mounted. Codes are the names of errnos, or `ok`. */
export interface FailedSync {
  /** The fsync during which the disk failed. */
  first: string;
  /** What a read shows then. */
  shown: Shown;
  /** The next fsync, of the same descriptor, on a disk that works again. */
  second: string;
  /** What a read shows when the page cache has let go of the page. */
  evicted: Shown;
  /** Making a file. */
  made: string;
}

export function shownBy(bytes: Buffer): Shown {
  if (bytes.equals(Buffer.alloc(bytes.length, oldByte))) return 'old';
  return bytes.equals(Buffer.alloc(bytes.length, newByte)) ? 'new' : 'neither';
}
