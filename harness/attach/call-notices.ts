/**
 * Being asked before another program's system calls: a seccomp filter with a listener (seccomp(2),
 * seccomp_unotify(2)). Each thread that makes such a call stands still at its entry until whoever listens lets it go on
 * with it, and only that thread. Needs no privileges.
 *
 * Asked is about calls that make something durable, that may tell something (writes, what is sent), and mmap(2) of a file
 * that is shared (it may be made writable later). A filter sees numbers of descriptors and not where they lead, so it is
 * for whoever listens to tell a write to standard output from others. A call that is asked about is not seen by a tracer that relies on a
 * filter of its own (strace --seccomp-bpf): of two filters the one that asks is obeyed.
 */
import { closeSync } from 'node:fs';
import koffi from 'koffi';
import { SystemCallError } from './libc.js';
import {
  type CallNumbers,
  callNumbers,
  ending,
  type FilterLine,
  ifEqual,
  ifSet,
  installFilter,
  loaded,
} from './seccomp-filter.js';

const libc = koffi.load('libc.so.6');
const calls = {
  plain: libc.func('long syscall(long number, long a, long b, long c)'),
  prctl: libc.func('int prctl(int option, long a, long b, long c, long d)'),
  poll: libc.func('int poll(void *fds, unsigned long count, int timeout)'),
  ioctl: libc.func('ioctl', 'int', ['int', 'unsigned long', 'void *']),
};

/** This machine's calls are known by their numbers. */
export const canNotice = callNumbers !== null;

const pidfdOpen = 434;
const pidfdGetfd = 438;

const mapShared = 1;
const mapAnonymous = 0x20;

function filter({ audit, mmap, writes, others }: CallNumbers): FilterLine[] {
  return [
    loaded.machine,
    ifEqual(audit, undefined, 'allow'),
    loaded.number,
    ...Object.values({ ...writes, ...others }).map((number) => ifEqual(number, 'ask')),
    ifEqual(mmap, 'mmap', 'allow'),
    'mmap',
    loaded.argument(3),
    ifSet(mapAnonymous, 'allow'),
    ifSet(mapShared, 'ask', 'allow'),
    'ask',
    ending.ask,
    'allow',
    ending.allow,
  ];
}

const newListener = 8;
/** The wait is not cut short by signals, so that a call is asked about once. Since Linux 5.19. */
const waitKillable = 32;
const noNewPrivileges = 38;

/**
 * From here on the calling thread, and whatever it starts, is asked about. Returns the listener's descriptor, which is
 * close-on-exec. A program without privileges gains none by set-user-ID programs then.
 * @throws SystemCallError where the kernel has no such filters, or does not allow one
 */
export function askBeforeCalls(): number {
  const numbers = callNumbers;
  if (numbers === null) throw new SystemCallError('seccomp', process.arch, 38);
  const lines = filter(numbers);
  const install = (flags: number): number => installFilter(numbers, lines, flags);
  const tryAll = (): number => {
    const listener = install(newListener | waitKillable);
    return listener >= 0 ? listener : install(newListener);
  };
  let listener = tryAll();
  if (listener < 0) {
    calls.prctl(noNewPrivileges, 1, 0, 0, 0);
    listener = tryAll();
  }
  if (listener < 0) throw new SystemCallError('seccomp', '', koffi.errno());
  return listener;
}

/**
 * A copy of a descriptor that a child of ours has (pidfd_getfd(2), since Linux 5.6). The caller's to close.
 * @throws SystemCallError
 */
export function descriptorOf(pid: number, fd: number): number {
  const process_ = Number(calls.plain(pidfdOpen, pid, 0, 0));
  if (process_ < 0) throw new SystemCallError('pidfd_open', `${pid}`, koffi.errno());
  const copy = Number(calls.plain(pidfdGetfd, process_, fd, 0));
  const failed = copy < 0 ? koffi.errno() : 0;
  closeSync(process_);
  if (failed !== 0) throw new SystemCallError('pidfd_getfd', `${pid}, ${fd}`, failed);
  return copy;
}

/** A thread that waits to be let go on. */
export interface Notice {
  readonly id: Buffer;
  /** Of the thread. */
  readonly pid: number;
  readonly name: string;
  readonly arguments: readonly number[];
}

const nameOf = new Map(
  callNumbers === null
    ? []
    : Object.entries({ ...callNumbers.writes, ...callNumbers.others, mmap: callNumbers.mmap }).map(
        ([name, number]) => [number, name],
      ),
);

// struct seccomp_notif: u64 id, u32 pid, u32 flags, i32 number, u32 machine, u64 ip, u64 arguments[6].
const noticeBytes = 80;
const firstArgumentAt = 32;
const receive = 0xc0502100;
// struct seccomp_notif_resp: u64 id, i64 value, i32 error, u32 flags.
const answerBytes = 24;
const answer = 0xc0182101;
const goOn = 1;
const readable = 1;

/** Takes what waits, without waiting for more. `over`: everybody who is asked about has ended. */
export function takeNotice(listener: number): Notice | 'none' | 'over' {
  const polled = Buffer.alloc(8);
  polled.writeInt32LE(listener, 0);
  polled.writeInt16LE(readable, 4);
  if (calls.poll(polled, 1, 0) <= 0) return 'none';
  if (!(polled.readInt16LE(6) & readable)) return 'over';
  const bytes = Buffer.alloc(noticeBytes);
  // Whoever was killed meanwhile waits no more (ENOENT).
  if (calls.ioctl(listener, receive, bytes) < 0) return 'none';
  return {
    id: bytes.subarray(0, 8),
    pid: bytes.readUInt32LE(8),
    name: nameOf.get(bytes.readInt32LE(16)) ?? '',
    arguments: Array.from({ length: 6 }, (_, nth) => Number(bytes.readBigInt64LE(firstArgumentAt + 8 * nth))),
  };
}

/** Lets the thread make its call. One that was killed meanwhile does not mind. */
export function letGoOn(listener: number, { id }: Notice): void {
  const bytes = Buffer.alloc(answerBytes);
  id.copy(bytes);
  bytes.writeUInt32LE(goOn, 20);
  calls.ioctl(listener, answer, bytes);
}
