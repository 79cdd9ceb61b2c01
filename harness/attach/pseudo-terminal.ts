/** A pseudo-terminal (pty(7)) that changes nothing of what is written to it. Nobody's controlling terminal: no keys, no signals. */
import { closeSync, constants, openSync } from 'node:fs';
import { ioctl } from './libc.js';

// <asm-generic/ioctls.h>; struct termios: u32 input, output, control and local modes first.
const getModes = 0x5401;
const setModes = 0x5402;
const setLock = 0x40045431;
const getNumber = 0x80045430;
const modesBytes = 64;
const outputModesAt = 4;
const localModesAt = 12;

export interface PseudoTerminal {
  /** What is written to the terminal is read here; fails with EIO when nobody has the terminal open. */
  master: number;
  /** For the program; the caller's to close. */
  terminal: number;
  /** Its device, as /proc/PID/fd shows it. */
  path: string;
}

/** @throws an error of the kernel's where there are no pseudo-terminals */
export function openTerminal(): PseudoTerminal {
  const master = openSync('/dev/ptmx', constants.O_RDWR | constants.O_NOCTTY);
  try {
    ioctl(master, setLock, Buffer.alloc(4));
    const number = Buffer.alloc(4);
    ioctl(master, getNumber, number);
    const path = `/dev/pts/${number.readUInt32LE(0)}`;
    const terminal = openSync(path, constants.O_RDWR | constants.O_NOCTTY);
    const modes = Buffer.alloc(modesBytes);
    ioctl(terminal, getModes, modes);
    modes.writeUInt32LE(0, outputModesAt);
    modes.writeUInt32LE(0, localModesAt);
    ioctl(terminal, setModes, modes);
    return { master, terminal, path };
  } catch (error) {
    closeSync(master);
    throw error;
  }
}
