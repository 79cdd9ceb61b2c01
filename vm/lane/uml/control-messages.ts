/**
 * How a lane and the program that recovers inside its User-mode Linux talk: through a block device of their own, the
 * one thing that both sides have without a driver, a framing or a limit of a serial line's.
 *
 *     job      at `jobAt`: a read of `jobBytes`, which the lane answers when there is something to do
 *     answer   from `answerAt` on: written, and heard when all of it has arrived
 *
 * Both are u32 length (little-endian), then that much JSON, padded to sectors; a job of length 0 is the last one. The
 * kernel reads the first sectors of every disk it finds (partitions): nothing is said there.
 */
import { sectorBytes } from '../../../harness/disk/block-device.js';

/** By which the guest tells its disks apart. */
export const controlId = 'plugpull-control';
export const diskIdOf = (nth: number): string => (nth === 0 ? 'plugpull-disk' : `plugpull-disk-${nth + 1}`);

export const jobAt = 512 * 1024;
export const jobBytes = 8 * 1024;
export const answerAt = 1024 * 1024;
/** An answer names problems and what is there in place of what should be: far less than this. */
export const maxAnswerBytes = 7 * 1024 * 1024;
export const controlBytes = answerAt + maxAnswerBytes;

const lengthBytes = 4;

/** Bytes that a message of this much text takes. */
export function framedBytes(textBytes: number): number {
  return Math.ceil((lengthBytes + textBytes) / sectorBytes) * sectorBytes;
}

/** Puts a message at the beginning of `into`; returns its bytes on the device. */
export function frame(text: string, into: Buffer): number {
  const textBytes = Buffer.byteLength(text);
  const size = framedBytes(textBytes);
  if (size > into.length) throw new RangeError(`message of ${textBytes} bytes: at most ${into.length}`);
  into.writeUInt32LE(textBytes, 0);
  into.write(text, lengthBytes);
  return size;
}

/** Bytes of text of the message that begins here. */
export function textBytesOf(from: Buffer): number {
  return from.readUInt32LE(0);
}

export function textOf(from: Buffer): string {
  return from.toString('utf8', lengthBytes, lengthBytes + textBytesOf(from));
}
