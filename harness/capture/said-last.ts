import { closeSync, fstatSync, openSync } from 'node:fs';
import { lastWords } from '../trace/last-words.js';
import { readAt } from '../trace/read-at.js';

const keptBytes = 4096;

/** The last words of a file that standard error went to; none where there is no such file. */
export function saidLast(errorFile: string): string[] {
  let fd: number;
  try {
    fd = openSync(errorFile, 'r');
  } catch {
    return [];
  }
  try {
    const bytes = Buffer.alloc(keptBytes);
    const count = readAt(fd, bytes, Math.max(0, fstatSync(fd).size - keptBytes));
    return lastWords(bytes.toString('utf8', 0, count));
  } finally {
    closeSync(fd);
  }
}
