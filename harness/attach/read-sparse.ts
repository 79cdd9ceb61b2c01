import { type DataRange, FileBytes } from '../trace/file-bytes.js';
import { readAt } from '../trace/read-at.js';
import { errorCode, seek } from './libc.js';

/** Ranges of a file's first bytes that hold data, in order; holes are left out without being read (lseek(2)). */
export function* dataRanges(fd: number, lengthBytes: number): Generator<{ from: number; to: number }> {
  let at = 0;
  while (at < lengthBytes) {
    let from: number;
    try {
      from = seek(fd, at, 'data');
    } catch (error) {
      // No data behind this place; or a file system that cannot tell.
      if (errorCode(error) === 'ENXIO') return;
      if (errorCode(error) !== 'EINVAL' && errorCode(error) !== 'ENOTSUP') throw error;
      yield { from: at, to: lengthBytes };
      return;
    }
    if (from >= lengthBytes) return;
    const to = Math.min(lengthBytes, seek(fd, from, 'hole'));
    if (to <= from) return;
    yield { from, to };
    at = to;
  }
}

/** A file's first bytes, in memory and time proportional to the data among them. */
export function readSparse(fd: number, lengthBytes: number): FileBytes {
  const ranges: DataRange[] = [];
  for (const { from, to } of dataRanges(fd, lengthBytes)) {
    const bytes = Buffer.alloc(to - from);
    // What was cut off meanwhile reads as zeros.
    readAt(fd, bytes, from);
    ranges.push({ offset: from, bytes });
  }
  return new FileBytes(lengthBytes, ranges);
}
