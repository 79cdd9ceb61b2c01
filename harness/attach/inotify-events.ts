/**
 * Events of inotify(7), as read(2) gives them, one behind the other:
 *
 *     i32 watch, u32 mask, u32 cookie, u32 length of the name, the name padded with zeros
 */
import { readSync } from 'node:fs';

export const inotifyEvent = {
  movedFrom: 0x40,
  movedTo: 0x80,
  create: 0x100,
  delete: 0x200,
  overflow: 0x4000,
  isDirectory: 0x4000_0000,
} as const;

const headBytes = 16;

/** The masks of all events that have come; empty when none has. */
export function readInotifyMasks(fd: number): number[] {
  const buffer = Buffer.allocUnsafe(64 * 1024);
  const masks: number[] = [];
  for (;;) {
    let length: number;
    try {
      length = readSync(fd, buffer, 0, buffer.length, null);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return masks;
      throw error;
    }
    for (let at = 0; at < length; at += headBytes + buffer.readUInt32LE(at + 12))
      masks.push(buffer.readUInt32LE(at + 4));
  }
}
