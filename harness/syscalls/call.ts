import type { BytePath } from './byte-path.js';
import type { CallResult } from './joined-call.js';

/** A descriptor as the call named it, with the path `-y` printed for it. */
export interface Descriptor {
  fd: number;
  /** Absolute path or another description (`pipe:[7]`); null where strace printed none. */
  describedAs: string | null;
  deleted: boolean;
}

/** A path with the directory it starts from. */
export interface PathAt {
  /** null: the current directory. */
  directory: Descriptor | null;
  /** What `-y` printed for AT_FDCWD. */
  currentDirectory: BytePath | null;
  path: BytePath;
  /** The last component is not followed when it is a symbolic link. */
  noFollow: boolean;
  /** AT_EMPTY_PATH: the directory descriptor itself. */
  emptyPath: boolean;
}

/** What a write carries: the bytes, or null for bytes the trace does not hold (a truncated string). */
export type Payload = Buffer | null;

/** What a call makes of an attribute. */
export type AttributeChange =
  /** The permission bits asked for. */
  | { what: 'mode'; mode: number }
  /** null: left as it is. */
  | { what: 'owner'; uid: number | null; gid: number | null }
  /** `value`: base64; null removes it, undefined is not known. */
  | { what: 'xattr'; name: string; value: string | null | undefined }
  | { what: 'times' | 'flags' };

/** What a call asks for, in the terms of the manual pages. One variant for each thing that can be asked. */
export type Operation =
  | { op: 'open'; at: PathAt; flags: ReadonlySet<string>; mode: number }
  /** Of which file, the calls tell that use the descriptor. */
  | { op: 'open_by_handle'; flags: ReadonlySet<string> }
  | { op: 'close'; fd: number }
  | { op: 'close_range'; first: number; last: number; cloexec: boolean }
  | { op: 'dup'; from: Descriptor; cloexec: boolean; target: number | null }
  | { op: 'set_status_flags'; file: Descriptor; flags: ReadonlySet<string> }
  | { op: 'set_cloexec'; fd: number; cloexec: boolean }
  | { op: 'read'; file: Descriptor }
  | { op: 'write'; file: Descriptor; payload: Payload; offset: number | null; flags: ReadonlySet<string> }
  | { op: 'lseek'; file: Descriptor }
  | { op: 'truncate'; target: PathAt | Descriptor; length: number }
  | { op: 'fallocate'; file: Descriptor; mode: ReadonlySet<string>; offset: number; length: number }
  | {
      op: 'copy';
      from: Descriptor;
      fromOffset: number | null;
      to: Descriptor;
      toOffset: number | null;
      /** Of a clone: how many bytes, 0 for all up to the end of the source; null: as many as the call returned. */
      clonedBytes: number | null;
    }
  /** What the old name is afterwards: gone, what had the new one (`exchange`), or a device 0, 0 (`whiteout`, rename(2)). */
  | { op: 'rename'; from: PathAt; to: PathAt; leaves: 'nothing' | 'exchange' | 'whiteout' }
  | { op: 'link'; from: PathAt; to: PathAt }
  | { op: 'symlink'; target: BytePath; at: PathAt }
  | { op: 'unlink'; at: PathAt; directory: boolean }
  | { op: 'mkdir'; at: PathAt; mode: number }
  | { op: 'mknod'; at: PathAt; regular: boolean; mode: number }
  | ({ op: 'attributes'; target: PathAt | Descriptor } & AttributeChange)
  | { op: 'umask'; mask: number }
  /** Who the thread is for the file system from here on; null: left as it is. */
  | { op: 'identity'; uid: number | null; gid: number | null }
  /** A new pipe, by the description both its ends have. */
  | { op: 'pipe'; name: string | null }
  /** Bytes of these pipes go ways that are not followed. */
  | { op: 'pipe_unclear'; files: Descriptor[] }
  | { op: 'sync'; scope: 'file' | 'data' | 'full' | 'barrier' | 'range' | 'filesystem'; file: Descriptor }
  | { op: 'sync_all' }
  | { op: 'mmap'; file: Descriptor; writable: boolean; length: number; offset: number }
  | { op: 'mprotect'; address: number; length: number; writable: boolean }
  | { op: 'munmap'; address: number; length: number }
  | { op: 'mremap'; address: number; length: number }
  | { op: 'msync'; address: number; length: number; sync: boolean }
  | { op: 'chdir'; target: PathAt | Descriptor }
  | { op: 'fork'; sharesFiles: boolean; sharesDirectory: boolean }
  | { op: 'unshare'; files: boolean; directory: boolean }
  | { op: 'execve' }
  | { op: 'exit' }
  | { op: 'connect'; fd: number; describedAs: string | null; path: BytePath | null }
  /** `passes`: descriptors that whoever receives it gets one of its own for (SCM_RIGHTS, unix(7)). */
  | { op: 'send'; file: Descriptor; payload: Payload; passes: Descriptor[] }
  /** Could change files in a way this program does not follow; `files` and `paths` are what it names. */
  | { op: 'opaque'; reason: string; files: Descriptor[]; paths: PathAt[]; everything: boolean }
  /** The thread does nothing meanwhile, and its memory stays as it is. */
  | { op: 'wait' }
  /** Known, and without a bearing on files or descriptors. */
  | { op: 'none' };

/** A system call with its meaning. Positions `enter` and `exit` are explained at `JoinedCall`. */
export interface Call {
  pid: number;
  name: string;
  operation: Operation;
  result: CallResult;
  enter: number;
  exit: number;
  startNs: bigint;
  endNs: bigint;
  stack: string[];
}
