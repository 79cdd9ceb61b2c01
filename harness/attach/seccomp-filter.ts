/**
 * Filters over the system calls of a thread and of whatever it starts (seccomp(2)): the numbers of the calls that are
 * filtered here, and an assembler for the few instructions of the kernel's packet filter that it takes.
 */
import { endianness } from 'node:os';
import koffi from 'koffi';
import type { syncAndSendCalls, writeCalls } from '../syscalls/noticed-calls.js';

const libc = koffi.load('libc.so.6');
const program = koffi.struct('sock_fprog', { length: 'uint16', filter: 'void *' });
const seccomp = libc.func('syscall', 'long', ['long', 'long', 'long', koffi.pointer(program)]);

export interface CallNumbers {
  audit: number;
  seccomp: number;
  mmap: number;
  kill: number;
  prctl: number;
  writes: Record<(typeof writeCalls)[number], number>;
  others: Record<(typeof syncAndSendCalls)[number], number>;
}

/** Of `<asm/unistd.h>` and `<linux/audit.h>`. */
const numbersOf: Partial<Record<string, CallNumbers>> = {
  x64: {
    audit: 0xc000003e,
    seccomp: 317,
    mmap: 9,
    kill: 62,
    prctl: 157,
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
    kill: 129,
    prctl: 167,
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

/** Of this machine; null where its calls are not known by their numbers. */
export const callNumbers = endianness() === 'LE' ? (numbersOf[process.arch] ?? null) : null;

// <linux/filter.h>, <linux/seccomp.h>
const load = 0x20;
const jumpEqual = 0x15;
const jumpSet = 0x45;
const give = 0x06;
const at = { number: 0, machine: 4, argument: (nth: number) => 16 + 8 * nth };

/** An instruction, with the labels to go on at; without one it goes on with the next. */
type Instruction = readonly [
  code: number,
  k: number,
  whenTrue?: string | undefined,
  whenFalse?: string | undefined,
];

/** A line of a filter: an instruction or the name of the place before the next one. */
export type FilterLine = Instruction | string;

/** Loads what is compared by the lines that follow. */
export const loaded = {
  number: [load, at.number] as FilterLine,
  machine: [load, at.machine] as FilterLine,
  argument: (nth: number): FilterLine => [load, at.argument(nth)],
};

export function ifEqual(k: number, whenTrue?: string, whenFalse?: string): FilterLine {
  return [jumpEqual, k, whenTrue, whenFalse];
}

/** Whether one of the bits is set. */
export function ifSet(k: number, whenTrue?: string, whenFalse?: string): FilterLine {
  return [jumpSet, k, whenTrue, whenFalse];
}

/** How a filter ends: what becomes of the call. */
export const ending = {
  allow: [give, 0x7fff0000] as FilterLine,
  ask: [give, 0x7fc00000] as FilterLine,
  /** It returns 0, and nothing was done. */
  nothing: [give, 0x00050000] as FilterLine,
  /** It fails with EPERM. */
  refused: [give, 0x00050001] as FilterLine,
};

/** `struct sock_filter`: u16 code, u8 jump if true, u8 jump if false, u32 k; jumps go forward, counted in instructions. */
export function assembled(lines: readonly FilterLine[]): Buffer {
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

/**
 * Puts a filter over the calling thread, and over whatever it starts, for good.
 *
 * @param flags SECCOMP_FILTER_FLAG_...
 * @returns what seccomp(2) does: negative where the kernel has no such filters or does not allow one
 */
export function installFilter(numbers: CallNumbers, lines: readonly FilterLine[], flags = 0): number {
  const filter = assembled(lines);
  return Number(seccomp(numbers.seccomp, setFilter, flags, { length: filter.length / 8, filter }));
}
