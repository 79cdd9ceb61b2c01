/**
 * The few system calls that Node does not offer: mount(2), umount2(2), ioctl(2), poll(2), pipe2(2), waitpid(2),
 * inotify(7), flock(2), lseek(2), statx(2). A `mount` process costs 8 ms, the call under 1 ms, and exploring makes thousands of them.
 */

import { constants } from 'node:os';
import koffi from 'koffi';

const libc = koffi.load('libc.so.6');

const calls = {
  mount: libc.func(
    'int mount(const char *source, const char *target, const char *type, unsigned long flags, const char *data)',
  ),
  umount2: libc.func('int umount2(const char *target, int flags)'),
  ioctlPointer: libc.func('ioctl', 'int', ['int', 'unsigned long', 'void *']),
  ioctlInteger: libc.func('ioctl', 'int', ['int', 'unsigned long', 'long']),
  poll: libc.func('int poll(void *fds, unsigned long count, int timeout)'),
  pipe2: libc.func('int pipe2(void *fds, int flags)'),
  waitpid: libc.func('int waitpid(int pid, void *status, int options)'),
  inotifyInit: libc.func('int inotify_init1(int flags)'),
  inotifyAddWatch: libc.func('int inotify_add_watch(int fd, const char *path, uint32_t mask)'),
  flock: libc.func('int flock(int fd, int operation)'),
  lseek: libc.func('long lseek(int fd, long offset, int whence)'),
  statx: libc.func('int statx(int folder, const char *path, int flags, unsigned int mask, void *result)'),
  chroot: libc.func('int chroot(const char *path)'),
  // Not in Debian 12's C library by name, or not at all.
  syscall: libc.func('syscall', 'long', ['long', 'long', 'str', 'long']),
};

const names = new Map(Object.entries(constants.errno).map(([name, number]) => [number, name]));
/** File systems answer with these two and Node does not know them: "structure needs cleaning", "wrong type". */
names.set(117, 'EUCLEAN').set(124, 'EMEDIUMTYPE');

/** The errno's name of an error of Node's, also where Node only has a number for it; null for any other error. */
export function errorCode(error: unknown): string | null {
  const { code, errno } = error as NodeJS.ErrnoException;
  if (errno === undefined) return null;
  return names.get(Math.abs(errno)) ?? code ?? null;
}

/** A system call failed; `code` is the errno's name, as in Node's own errors. */
export class SystemCallError extends Error {
  readonly code: string;

  constructor(
    readonly syscall: string,
    detail: string,
    readonly errno: number,
  ) {
    const code = names.get(errno) ?? `errno ${errno}`;
    super(`${syscall}(${detail}): ${code}`);
    this.name = 'SystemCallError';
    this.code = code;
  }
}

function check(result: number, syscall: string, detail: string): number {
  if (result < 0) throw new SystemCallError(syscall, detail, koffi.errno());
  return result;
}

export const mountFlag = {
  readOnly: 1,
  move: 8192,
  noAtime: 1024,
  remount: 32,
  bind: 4096,
  private: 1 << 18,
  recursive: 16384,
} as const;

/** mount(2). `options` is the comma-separated data string, as after `mount -o` less the generic flags. */
export function mount(source: string, target: string, type: string, flags: number, options: string): void {
  check(
    calls.mount(source, target, type, flags, options),
    'mount',
    `${source}, ${target}, ${type}, ${options}`,
  );
}

/** umount2(2). `detach` unmounts lazily: at once for newcomers, for good when the last user is gone. */
export function unmount(target: string, options: { detach?: boolean } = {}): void {
  check(calls.umount2(target, options.detach ? 2 : 0), 'umount2', target);
}

/** ioctl(2) with an integer or a structure as its argument; returns what the call returned. */
export function ioctl(fd: number, request: number, argument: number | Buffer): number {
  const result: number =
    typeof argument === 'number'
      ? calls.ioctlInteger(fd, request, argument)
      : calls.ioctlPointer(fd, request, argument);
  return check(result, 'ioctl', `${fd}, 0x${request.toString(16)}`);
}

const pollEvent = { in: 1, out: 4 } as const;

/** Waits until `fd` can be read or its other end is closed. False when `timeoutMs` passed first; -1 is forever. */
export function waitReadable(fd: number, timeoutMs: number): boolean {
  return waitFor(fd, pollEvent.in, timeoutMs);
}

/** Waits until `fd` takes bytes or its other end is closed. False when `timeoutMs` passed first; -1 is forever. */
export function waitWritable(fd: number, timeoutMs: number): boolean {
  return waitFor(fd, pollEvent.out, timeoutMs);
}

/** Those of the descriptors that can be read or whose other end is closed; none when `timeoutMs` passed first. */
export function waitAnyReadable(fds: readonly number[], timeoutMs: number): number[] {
  return waitForAny(fds, pollEvent.in, timeoutMs);
}

function waitFor(fd: number, event: number, timeoutMs: number): boolean {
  return waitForAny([fd], event, timeoutMs).length > 0;
}

function waitForAny(fds: readonly number[], event: number, timeoutMs: number): number[] {
  const pollfds = Buffer.alloc(8 * fds.length);
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    for (const [i, fd] of fds.entries()) {
      pollfds.writeInt32LE(fd, 8 * i);
      pollfds.writeInt16LE(event, 8 * i + 4);
    }
    const left = timeoutMs < 0 ? -1 : Math.max(0, Math.ceil(deadline - performance.now()));
    const result: number = calls.poll(pollfds, fds.length, left);
    if (result >= 0) return fds.filter((_, i) => pollfds.readInt16LE(8 * i + 6) !== 0);
    if (koffi.errno() !== constants.errno.EINTR) throw new SystemCallError('poll', fds.join(), koffi.errno());
  }
}

/** pipe2(2) with O_CLOEXEC: `[readEnd, writeEnd]`. */
export function pipe(): [number, number] {
  const fds = Buffer.alloc(8);
  check(calls.pipe2(fds, 0o2000000), 'pipe2', '');
  return [fds.readInt32LE(0), fds.readInt32LE(4)];
}

/** Waits for a child; its exit code, or `{signal}`. Null when `block` is false and it still runs. */
export function waitForChild(
  pid: number,
  options: { block: boolean },
): { exitCode: number } | { signal: number } | null {
  const status = Buffer.alloc(4);
  for (;;) {
    const result: number = calls.waitpid(pid, status, options.block ? 0 : 1);
    if (result === 0) return null;
    if (result < 0 && koffi.errno() === constants.errno.EINTR) continue;
    check(result, 'waitpid', `${pid}`);
    const value = status.readInt32LE(0);
    const signal = value & 0x7f;
    return signal ? { signal } : { exitCode: (value >> 8) & 0xff };
  }
}

/** inotify(7): a non-blocking descriptor to add watches to and to read events from. */
export function inotify(): number {
  return check(calls.inotifyInit(0o4000 | 0o2000000), 'inotify_init1', '');
}

/** Watches a folder; returns the watch descriptor that its events carry. */
export function inotifyWatch(fd: number, path: string, mask: number): number {
  return check(calls.inotifyAddWatch(fd, path, mask), 'inotify_add_watch', path);
}

/** flock(2), exclusive and without waiting: false while another open file has the lock. Gone with the last copy of `fd`. */
export function tryLock(fd: number): boolean {
  if (calls.flock(fd, 2 | 4) === 0) return true;
  if (koffi.errno() === constants.errno.EAGAIN || koffi.errno() === constants.errno.EINTR) return false;
  throw new SystemCallError('flock', `${fd}`, koffi.errno());
}

/** SEEK_DATA and SEEK_HOLE of lseek(2): where the next data or hole begins, at `offset` or behind it. */
export function seek(fd: number, offset: number, to: 'data' | 'hole'): number {
  return check(Number(calls.lseek(fd, offset, to === 'data' ? 3 : 4)), 'lseek', `${fd}, ${offset}`);
}

/** statx(2): the current folder, "whatever is known, without asking who serves it", no automounting. */
const statxFlag = { currentFolder: -100, dontSync: 0x4000, noAutomount: 0x800 } as const;
const statxType = 1;
const statxBytes = 256;
const statxModeOffset = 28;
const statxDeviceOffset = 136;

/**
 * The device that a file lies on, as `major:minor`, and its mode; null when it is gone, or not ours to look at. Who serves the
 * file, and may stand still, is not asked.
 */
export function placeOf(path: string): { device: string; mode: number } | null {
  const found = Buffer.alloc(statxBytes);
  const flags = statxFlag.dontSync | statxFlag.noAutomount;
  if (calls.statx(statxFlag.currentFolder, path, flags, statxType, found) < 0) return null;
  const device = `${found.readUInt32LE(statxDeviceOffset)}:${found.readUInt32LE(statxDeviceOffset + 4)}`;
  return { device, mode: found.readUInt16LE(statxModeOffset) };
}

/** chroot(2). */
export function changeRoot(path: string): void {
  check(calls.chroot(path), 'chroot', path);
}

/** Their numbers on x86-64. */
const systemCall = { finitModule: 313, pidfdOpen: 434 } as const;

/** finit_module(2), of an open file that is not compressed; one that is loaded already is fine. */
export function loadModule(fd: number, name: string): void {
  if (calls.syscall(systemCall.finitModule, fd, '', 0) === 0) return;
  if (koffi.errno() !== constants.errno.EEXIST)
    throw new SystemCallError('finit_module', name, koffi.errno());
}

/** pidfd_open(2): a descriptor that can be read when the process has ended. */
export function openProcess(pid: number): number {
  return check(calls.syscall(systemCall.pidfdOpen, pid, null, 0), 'pidfd_open', `${pid}`);
}
