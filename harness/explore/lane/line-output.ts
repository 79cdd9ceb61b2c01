import { writeSync } from 'node:fs';
import { waitWritable } from '../../attach/libc.js';

/** Writes a line to a pipe whose reader may be busy, waiting without an event loop. */
export function writeLine(fd: number, text: string): void {
  const bytes = Buffer.from(`${text}\n`);
  for (let done = 0; done < bytes.length; ) {
    waitWritable(fd, -1);
    try {
      done += writeSync(fd, bytes, done);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
    }
  }
}
