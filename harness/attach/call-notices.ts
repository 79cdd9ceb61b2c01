/**
 * Being asked before another program's system calls: a seccomp filter with a listener (seccomp(2),
 * seccomp_unotify(2)). Each thread that makes such a call stands still at its entry until whoever listens lets it go on
 * with it, and only that thread. Needs no privileges.
 *
 * Asked is about calls that make something durable, that tell something (writes to descriptor 1, what is sent), and
 * mmap(2) of a file that is shared and writable. A call that is asked about is not seen by a tracer that relies on a
 * filter of its own (strace --seccomp-bpf): of two filters the one that asks is obeyed.
 */
import { closeSync } from 'node:fs';
import { endianness } from 'node:os';
import koffi from 'koffi';
import { standardOutput, type syncAndSendCalls, type writeCalls } from '../syscalls/noticed-calls.js';
import { SystemCallError } from './libc.js';

const libc = koffi.load('libc.so.6');
const program = koffi.struct('sock_fprog', { length: 'uint16', filter: 'void *' });
const calls = {
  syscall: libc.func('syscall', 'long', ['long', 'long', 'long', koffi.pointer(program)]),
  plain: libc.func('long syscall(long number, long a, long b, long c)'),
  prctl: libc.func('int prctl(int option, long a, long b, long c, long d)'),
  poll: libc.func('int poll(void *fds, unsigned long count, int timeout)'),
  ioctl: libc.func('ioctl', 'int', ['int', 'unsigned long', 'void *']),
};

interface Numbers {
  audit: number;
  seccomp: number;
  mmap: number;
  /** Asked about whenever they write to descriptor 1. */
  writes: Record<(typeof writeCalls)[number], number>;
  /** Always asked about. */
  others: Record<(typeof syncAndSendCalls)[number], number>;
}

/** Of `<asm/unistd.h>` and `<linux/audit.h>`. */
const numbersOf: Partial<Record<string, Numbers>> = {
  x64: {
    audit: 0xc000003e,
    seccomp: 317,
    mmap: 9,
    writes: { write: 1, writev: 20 },
    others: {
      msync: 26,
      sendto: 44,
      sendmsg: 46,
      fsync: 74,
      fdatasync: 75,
      sync: 162,
      sync_file_range: 277,
      syncfs: 306,
    },
  },
  arm64: {
    audit: 0xc00000b7,
    seccomp: 277,
    mmap: 222,
    writes: { write: 64, writev: 66 },
    others: {
      msync: 227,
      sendto: 206,
      sendmsg: 211,
      fsync: 82,
      fdatasync: 83,
      sync: 81,
      sync_file_range: 84,
      syncfs: 267,
    },
  },
};
const numbers = endianness() === 'LE' ? (numbersOf[process.arch] ?? null) : null;

/** This machine's calls are known by their numbers. */
export const canNotice = numbers !== null;

const pidfdOpen = 434;
const pidfdGetfd = 438;

// <linux/filter.h>, <linux/seccomp.h>
const load = 0x20;
const jumpEqual = 0x15;
const jumpSet = 0x45;
const give = 0x06;
const allow = 0x7fff0000;
const ask = 0x7fc00000;
const at = { number: 0, machine: 4, argument: (nth: number) => 16 + 8 * nth };
const protectionWrite = 2;
const mapShared = 1;
const mapAnonymous = 0x20;

type Instruction = [code: number, k: number, whenTrue?: string | undefined, whenFalse?: string];

/** `struct sock_filter`: u16 code, u8 jump if true, u8 jump if false, u32 k; jumps go forward, counted in instructions. */
function filter({ audit, mmap, writes, others }: Numbers): Buffer {
  const lines: (Instruction | string)[] = [
    [load, at.machine],
    [jumpEqual, audit, undefined, 'allow'],
    [load, at.number],
    ...Object.values(others).map((number): Instruction => [jumpEqual, number, 'ask']),
    ...Object.values(writes).map((number): Instruction => [jumpEqual, number, 'write']),
    [jumpEqual, mmap, 'mmap', 'allow'],
    'write',
    [load, at.argument(0)],
    [jumpEqual, standardOutput, 'ask', 'allow'],
    'mmap',
    [load, at.argument(2)],
    [jumpSet, protectionWrite, undefined, 'allow'],
    [load, at.argument(3)],
    [jumpSet, mapAnonymous, 'allow'],
    [jumpSet, mapShared, 'ask', 'allow'],
    'ask',
    [give, ask],
    'allow',
    [give, allow],
  ];
  const labels = new Map<string, number>();
  const instructions: Instruction[] = [];
  for (const line of lines)
    if (typeof line === 'string') labels.set(line, instructions.length);
    else instructions.push(line);
  const bytes = Buffer.alloc(8 * instructions.length);
  const jump = (label: string | undefined, from: number): number =>
    label === undefined ? 0 : labels.get(label)! - from - 1;
  for (const [nth, [code, k, whenTrue, whenFalse]] of instructions.entries()) {
    bytes.writeUInt16LE(code, 8 * nth);
    bytes.writeUInt8(jump(whenTrue, nth), 8 * nth + 2);
    bytes.writeUInt8(jump(whenFalse, nth), 8 * nth + 3);
    bytes.writeUInt32LE(k, 8 * nth + 4);
  }
  return bytes;
}

const setFilter = 1;
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
  if (numbers === null) throw new SystemCallError('seccomp', process.arch, 38);
  const instructions = filter(numbers);
  const what = { length: instructions.length / 8, filter: instructions };
  const install = (flags: number): number => Number(calls.syscall(numbers.seccomp, setFilter, flags, what));
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
  numbers === null
    ? []
    : Object.entries({ ...numbers.writes, ...numbers.others, mmap: numbers.mmap }).map(([name, number]) => [
        number,
        name,
      ]),
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
