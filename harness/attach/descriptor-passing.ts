/**
 * Messages on a unix stream socket that carry descriptors: recvmsg(2) and sendmsg(2) with SCM_RIGHTS.
 *
 * The kernel wants pointers to pointers; they lie in one page whose address is known. Layout, all little-endian as
 * on every machine this runs on: struct msghdr (56 bytes) at 0, struct iovec at 64, struct cmsghdr and descriptors
 * at 128, the bytes themselves from 512.
 */
import { closeSync } from 'node:fs';
import { constants } from 'node:os';
import koffi from 'koffi';
import { SystemCallError } from './libc.js';
import { mapAnonymous } from './memory-map.js';

const libc = koffi.load('libc.so.6');
const calls = {
  recvmsg: libc.func('intptr_t recvmsg(int fd, intptr_t message, int flags)'),
  sendmsg: libc.func('intptr_t sendmsg(int fd, intptr_t message, int flags)'),
  fcntl: libc.func('fcntl', 'int', ['int', 'int', 'int']),
};

const pageBytes = 8192;
const vectorAt = 64;
const controlAt = 128;
const dataAt = 512;
/** Bytes that one call moves at most. */
export const maxPassedBytes = pageBytes - dataAt;
const controlHeaderBytes = 16;
const maxDescriptors = 16;
const controlBytes = controlHeaderBytes + 4 * maxDescriptors;

const socketLevel = 1;
const rights = 1;
const dontWait = 0x40;
const noSignal = 0x4000;
const closeOnExec = 0x40000000;
const controlTruncated = 8;
const getFlags = 3;
const setFlags = 4;
const nonBlocking = 0o4000;

let page: { address: number; bytes: Buffer } | undefined;

function messagePage(): { address: number; bytes: Buffer } {
  if (page) return page;
  const { address, bytes: memory } = mapAnonymous(pageBytes);
  page = { address, bytes: Buffer.from(memory) };
  page.bytes.writeBigUInt64LE(BigInt(address + vectorAt), 16);
  page.bytes.writeBigUInt64LE(1n, 24);
  page.bytes.writeBigUInt64LE(BigInt(address + controlAt), 32);
  page.bytes.writeBigUInt64LE(BigInt(address + dataAt), vectorAt);
  return page;
}

function prepare(lengthBytes: number, controlLength: number): { address: number; bytes: Buffer } {
  const prepared = messagePage();
  prepared.bytes.writeBigUInt64LE(BigInt(controlLength), 40);
  prepared.bytes.writeUInt32LE(0, 48);
  prepared.bytes.writeBigUInt64LE(BigInt(lengthBytes), vectorAt + 8);
  return prepared;
}

/**
 * Takes up to `into.length` bytes, and the descriptors that came with them, without waiting.
 *
 * `waits`: there is nothing yet. `ended`: the other side has closed, or sends more descriptors than anybody does.
 * Descriptors are close-on-exec, and the caller's to close.
 * @throws SystemCallError
 */
export function receiveMessage(
  fd: number,
  into: Buffer,
): { length: number; descriptors: number[] } | 'waits' | 'ended' {
  const wanted = Math.min(into.length, maxPassedBytes);
  const { address, bytes } = prepare(wanted, controlBytes);
  let length: number;
  do length = calls.recvmsg(fd, address, dontWait | closeOnExec);
  while (length < 0 && koffi.errno() === constants.errno.EINTR);
  if (length < 0) {
    if (koffi.errno() === constants.errno.EAGAIN) return 'waits';
    if (koffi.errno() === constants.errno.ECONNRESET) return 'ended';
    throw new SystemCallError('recvmsg', `${fd}`, koffi.errno());
  }
  bytes.copy(into, 0, dataAt, dataAt + length);
  const descriptors: number[] = [];
  const hasRights =
    bytes.readBigUInt64LE(40) >= controlHeaderBytes &&
    bytes.readUInt32LE(controlAt + 8) === socketLevel &&
    bytes.readUInt32LE(controlAt + 12) === rights;
  if (hasRights) {
    const end = controlAt + Number(bytes.readBigUInt64LE(controlAt));
    for (let at = controlAt + controlHeaderBytes; at < end; at += 4) descriptors.push(bytes.readInt32LE(at));
  }
  if (bytes.readUInt32LE(48) & controlTruncated) {
    // More descriptors than anybody sends: no client of ours.
    for (const each of descriptors) closeSync(each);
    return 'ended';
  }
  if (length === 0) return 'ended';
  return { length, descriptors };
}

/**
 * Sends all of the bytes, with descriptors (which stay the caller's), without waiting.
 * @throws SystemCallError; EAGAIN when the other side does not read
 */
export function sendMessage(fd: number, data: Buffer, descriptors: readonly number[] = []): void {
  if (data.length > maxPassedBytes || descriptors.length > maxDescriptors)
    throw new SystemCallError('sendmsg', `${fd}`, constants.errno.EMSGSIZE);
  const controlLength = descriptors.length === 0 ? 0 : controlHeaderBytes + 4 * descriptors.length;
  for (let done = 0; done < data.length; ) {
    const withDescriptors = done === 0 ? controlLength : 0;
    // The control area must be a multiple of eight long, what it says of itself not.
    const { address, bytes } = prepare(data.length - done, (withDescriptors + 7) & ~7);
    data.copy(bytes, dataAt, done);
    if (withDescriptors > 0) {
      bytes.writeBigUInt64LE(BigInt(controlLength), controlAt);
      bytes.writeUInt32LE(socketLevel, controlAt + 8);
      bytes.writeUInt32LE(rights, controlAt + 12);
      for (const [nth, descriptor] of descriptors.entries())
        bytes.writeInt32LE(descriptor, controlAt + controlHeaderBytes + 4 * nth);
    }
    const sent: number = calls.sendmsg(fd, address, dontWait | noSignal);
    if (sent >= 0) done += sent;
    else if (koffi.errno() !== constants.errno.EINTR)
      throw new SystemCallError('sendmsg', `${fd}`, koffi.errno());
  }
}

/** Makes reads and writes fail (EAGAIN) rather than wait, for everybody who has this open file. */
export function setNonBlocking(fd: number): void {
  const flags: number = calls.fcntl(fd, getFlags, 0);
  if (flags < 0 || calls.fcntl(fd, setFlags, flags | nonBlocking) < 0)
    throw new SystemCallError('fcntl', `${fd}`, koffi.errno());
}
