import type { BytePath } from '../syscalls/byte-path.js';
import type { FileBytes } from './file-bytes.js';

/** What files that the program maps held while it stood still before a call. */
export interface Look {
  /** Of the thread. */
  pid: number;
  /** The call it was about to make. */
  call: string;
  files: SeenFile[];
  /** What the kernel called standard output; only writes to descriptor 1 were looked at where it is left out. */
  output?: string | undefined;
}

export interface SeenFile {
  /** The same number is the same file, whatever its name. */
  file: number;
  /** Of a file made without a name what the kernel calls it: its number behind a `#`. */
  path: BytePath;
  size: number;
  /** Ranges that may differ from the look before at this file, of its size; all else is as it was, or zeros. */
  changed: FileBytes;
}
