import { readSync } from 'node:fs';

/** Fills `into` from `offset` on, however little read(2) gives at a time; returns fewer bytes only at the file's end. */
export function readAt(fd: number, into: Buffer, offset: number): number {
  let done = 0;
  while (done < into.length) {
    const count = readSync(fd, into, done, into.length - done, offset + done);
    if (count === 0) break;
    done += count;
  }
  return done;
}
