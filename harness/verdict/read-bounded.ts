import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/**
 * The whole of a file that may be anything: a device without an end is not read for ever. Named in an error: what was found.
 * @throws Error where it is larger than `mostBytes`
 */
export function readBounded(path: string, mostBytes: number): Buffer {
  const fd = openSync(path, 'r');
  try {
    const parts: Buffer[] = [];
    let found = fstatSync(fd).size;
    for (let read = 0; found <= mostBytes; ) {
      const part = Buffer.allocUnsafe(1024 * 1024);
      const count = readSync(fd, part, 0, part.length, null);
      if (count === 0) return Buffer.concat(parts);
      parts.push(part.subarray(0, count));
      read += count;
      found = Math.max(found, read);
    }
    throw new Error(`expected at most ${mostBytes / 1024 / 1024} MiB, found more`);
  } finally {
    closeSync(fd);
  }
}
