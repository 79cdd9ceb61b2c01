/**
 * What a hook in an interpreter notes down: write(2) on a descriptor that cannot exist. The call fails with EBADF, changes
 * nothing, and stands in the trace with the note as its text.
 */
import type { Call } from '../../syscalls/call.js';

export const markerDescriptor = 2147483647;
export const markerPrefix = 'plugpull-at:';

/** A function was called that may change files. */
export interface CalledNote {
  at: number;
  /** `renameSync`, `write`. */
  name: string;
  /** Lines of the program on the stack, from the inside: `/p/prog.py:12`. Never empty. */
  places: string[];
  /** What it is about: absolute paths or descriptors. */
  targets: (string | number)[];
  /** It is machine code, which may do anything. */
  native: boolean;
  /** What it began may happen after it returned: by another thread until it is over, or when its object goes. */
  stays: 'task' | 'object' | null;
}

export type Note =
  | CalledNote
  /** It returned. */
  | { left: number }
  /** What it began is over. */
  | { over: number };

/** The note in a traced call; null for the program's own calls. */
export function noteIn({ operation }: Call): Note | null {
  if (operation.op !== 'write' || operation.file.fd !== markerDescriptor || !operation.payload) return null;
  const text = operation.payload.toString('utf8');
  if (!text.startsWith(markerPrefix)) return null;
  try {
    return JSON.parse(text.slice(markerPrefix.length)) as Note;
  } catch {
    return null;
  }
}
