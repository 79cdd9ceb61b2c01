/** What the kernel remembers of a file's content: posix_fadvise(2), POSIX_FADV_DONTNEED. */
import { closeSync, openSync } from 'node:fs';
import koffi from 'koffi';

const libc = koffi.load('libc.so.6');
const advise = libc.func('int posix_fadvise(int fd, int64_t offset, int64_t length, int advice)');
const dontNeed = 4;
/** O_NOFOLLOW | O_NONBLOCK | O_NOATIME */
const openFlags = 0o400000 | 0o4000 | 0o1000000;

/** Has the kernel read this file anew when it is read next, as far as it can. What cannot be opened it has not read. */
export function forgetContent(path: string | Buffer): void {
  let fd: number;
  try {
    fd = openSync(path, openFlags);
  } catch {
    return;
  }
  try {
    advise(fd, 0, 0, dontNeed);
  } finally {
    closeSync(fd);
  }
}
