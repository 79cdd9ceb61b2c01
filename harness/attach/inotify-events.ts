/**
 * Events of inotify(7), as read(2) gives them, one behind the other:
 *
 *     i32 watch, u32 mask, u32 cookie, u32 length of the name, the name padded with zeros
 */
import { readSync } from 'node:fs';

export const inotifyEvent = {
  modify: 0x2,
  closeWrite: 0x8,
  movedFrom: 0x40,
  movedTo: 0x80,
  create: 0x100,
  delete: 0x200,
  overflow: 0x4000,
  isDirectory: 0x4000_0000,
} as const;

const headBytes = 16;

export interface InotifyEvent {
  /** The descriptor that `inotifyWatch` returned; -1 when events were lost. */
  watch: number;
  mask: number;
  /** Of the file in the watched folder; empty when the folder itself is meant. */
  name: string;
}

/** For one call at a time: there is one for each ack, and making this anew costs more than reading it. */
const buffer = Buffer.allocUnsafe(64 * 1024);

/** All events that have come; none when none has. */
export function readInotifyEvents(fd: number): InotifyEvent[] {
  const events: InotifyEvent[] = [];
  for (;;) {
    let length: number;
    try {
      length = readSync(fd, buffer, 0, buffer.length, null);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return events;
      throw error;
    }
    for (let at = 0; at < length; ) {
      const nameAt = at + headBytes;
      const next = nameAt + buffer.readUInt32LE(at + 12);
      const padded = buffer.subarray(nameAt, next);
      const end = padded.indexOf(0);
      events.push({
        watch: buffer.readInt32LE(at),
        mask: buffer.readUInt32LE(at + 4),
        // One character for each byte: names need not be UTF-8.
        name: padded.toString('latin1', 0, end < 0 ? padded.length : end),
      });
      at = next;
    }
  }
}
