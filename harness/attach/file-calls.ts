/**
 * System calls on files that Node does not offer: fallocate(2), renameat2(2), linkat(2), syncfs(2), setxattr(2), msync(2),
 * sync_file_range(2).
 */
import koffi from 'koffi';
import { SystemCallError } from './libc.js';

const libc = koffi.load('libc.so.6');
const calls = {
  fallocate: libc.func('int fallocate(int fd, int mode, int64_t offset, int64_t length)'),
  renameat2: libc.func(
    'int renameat2(int from, const char *old, int to, const char *new, unsigned int flags)',
  ),
  linkat: libc.func('int linkat(int from, const char *old, int to, const char *new, int flags)'),
  sync: libc.func('void sync(void)'),
  syncfs: libc.func('int syncfs(int fd)'),
  setxattr: libc.func(
    'int lsetxattr(const char *path, const char *name, const void *value, size_t size, int flags)',
  ),
  removexattr: libc.func('int lremovexattr(const char *path, const char *name)'),
  syncFileRange: libc.func('int sync_file_range(int fd, int64_t offset, int64_t length, unsigned int flags)'),
  msync: libc.func('int msync(intptr_t address, size_t length, int flags)'),
};

const currentDirectory = -100;
const followLink = 0x400;
const exchangeFlag = 2;
const syncFlag = 4;
/** SYNC_FILE_RANGE_... (linux/fs.h) */
const rangeFlags = { waitBefore: 1, write: 2, waitAfter: 4 } as const;

function check(result: number, syscall: string, detail: string): void {
  if (result < 0) throw new SystemCallError(syscall, detail, koffi.errno());
}

/** @param mode the flags FALLOC_FL_..., as their number */
export function fallocate(fd: number, mode: number, range: { offset: number; length: number }): void {
  check(calls.fallocate(fd, mode, range.offset, range.length), 'fallocate', `${mode}`);
}

/** renameat2(2) with RENAME_EXCHANGE: each takes the other's name, in one step. */
export function exchange(a: string, b: string): void {
  check(
    calls.renameat2(currentDirectory, a, currentDirectory, b, exchangeFlag),
    'renameat2',
    `${a}, ${b}, RENAME_EXCHANGE`,
  );
}

/** Gives a name to an open file that may have none (open(2), O_TMPFILE). */
export function linkOpenFile(fd: number, path: string): void {
  check(
    calls.linkat(currentDirectory, `/proc/self/fd/${fd}`, currentDirectory, path, followLink),
    'linkat',
    path,
  );
}

export function syncAll(): void {
  calls.sync();
}

/** Everything of the file system that the open file is in. */
export function syncFileSystem(fd: number): void {
  check(calls.syncfs(fd), 'syncfs', `${fd}`);
}

/** Of a link itself, not of what it leads to. */
export function setXattr(path: string, name: string, value: string): void {
  const bytes = Buffer.from(value);
  check(calls.setxattr(path, name, bytes, bytes.length, 0), 'lsetxattr', `${path}, ${name}`);
}

export function removeXattr(path: string, name: string): void {
  check(calls.removexattr(path, name), 'lremovexattr', `${path}, ${name}`);
}

/** msync(2) with MS_SYNC; the address is a page's. */
export function syncMapped(address: number, lengthBytes: number): void {
  check(calls.msync(address, lengthBytes, syncFlag), 'msync', `${lengthBytes} bytes`);
}

/** A range of a file's bytes, and no metadata, is on its way to the disk when it returns. */
export function startWriteBack(fd: number, { at, length }: { at: number; length: number }): void {
  check(calls.syncFileRange(fd, at, length, rangeFlags.write), 'sync_file_range', `${fd}`);
}

/** It has arrived there, in whatever cache the disk has. */
export function waitForWriteBack(fd: number, { at, length }: { at: number; length: number }): void {
  const { waitBefore, write, waitAfter } = rangeFlags;
  check(calls.syncFileRange(fd, at, length, waitBefore | write | waitAfter), 'sync_file_range', `${fd}`);
}
