/**
 * The steps of Rebello et al., "Can Applications Recover from fsync Failures?" (USENIX ATC 2020, section 3): a page that is
 * durable is written anew, and the fsync of it meets a disk that fails.
 */
import { closeSync, fsyncSync, openSync, readSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { syncFileSystem } from '../../attach/file-calls.js';
import { errorCode } from '../../attach/libc.js';
import { type FailedSync, newByte, oldByte, pageBytes, type Shown, shownBy } from './messages.js';

export const fileName = 'foo';

/**
 * @param root where the file system is mounted
 * @param tell heard by the disk when it returns: from when to when it fails, and when the second fsync is over
 * @param evict has the page cache let go of what is clean
 */
export function failSync(
  root: string,
  tell: (moment: 'failing' | 'working' | 'synced') => void,
  evict: () => void,
): FailedSync {
  const fd = openSync(join(root, fileName), 'w+');
  try {
    writeSync(fd, Buffer.alloc(2 * pageBytes, oldByte), 0, 2 * pageBytes, 0);
    fsyncSync(fd);
    syncFileSystem(fd);
    tell('failing');
    // The second is behind the end: the file's size is metadata that fsync owes.
    for (const at of [0, 2 * pageBytes]) writeSync(fd, Buffer.alloc(pageBytes, newByte), 0, pageBytes, at);
    const first = codeOf(() => fsyncSync(fd));
    tell('working');
    const shown = shownAt(fd);
    const second = codeOf(() => fsyncSync(fd));
    tell('synced');
    evict();
    const evicted = shownAt(fd);
    const made = codeOf(() => writeFileSync(join(root, 'bar'), 'bar'));
    return { first, shown, second, evicted, made };
  } finally {
    closeSync(fd);
  }
}

function shownAt(fd: number): Shown {
  const bytes = Buffer.alloc(pageBytes);
  let shown: Shown = '';
  const code = codeOf(() => {
    shown = shownBy(bytes.subarray(0, readSync(fd, bytes, 0, pageBytes, 0)));
  });
  return code === 'ok' ? shown : code;
}

function codeOf(call: () => void): string {
  try {
    call();
    return 'ok';
  } catch (error) {
    const code = errorCode(error);
    if (code === null) throw error;
    return code;
  }
}
