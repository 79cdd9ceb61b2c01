/**
 * What a directory passes on to the files that are made in it (chattr(1)), as far as it says when something is written or
 * how: whoever keeps a database on btrfs often has `C` on its folder.
 */
import { closeSync, openSync } from 'node:fs';
import { ioctl, SystemCallError } from '../../attach/libc.js';

/** FS_IOC_GETFLAGS (include/uapi/linux/fs.h) */
const getFlags = 0x80086601;

const telling = [
  { letter: 'S', bit: 0x8, mount: 'sync' },
  { letter: 'D', bit: 0x1_0000, mount: 'dirsync' },
  { letter: 'j', bit: 0x4000, mount: 'data=journal' },
  { letter: 'C', bit: 0x80_0000, mount: 'nodatacow' },
] as const;

/** The mount options that say the same of the whole file system, each with the letter of chattr(1). */
export function optionsOfDirectory(directory: string): { letter: string; mount: string }[] {
  const flags = Buffer.alloc(8);
  const fd = openSync(directory, 'r');
  try {
    ioctl(fd, getFlags, flags);
  } catch (error) {
    if (!(error instanceof SystemCallError)) throw error;
    return [];
  } finally {
    closeSync(fd);
  }
  const set = flags.readUInt32LE(0);
  return telling.filter(({ bit }) => set & bit).map(({ letter, mount }) => ({ letter, mount }));
}
