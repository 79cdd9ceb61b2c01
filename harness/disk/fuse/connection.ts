/**
 * A FUSE mount with a few files, each served by an object in this process.
 *
 * Why not nbdfuse here: exploring makes hundreds of round trips a recovery, and every process in between costs
 * two wake-ups a trip. One blocking read and one write a request, without an event loop, is about two and a
 * half times as fast on ext4 (`npm run bench`).
 *
 * The process that owns the connection must not touch any file of this mount, nor of a file system on it.
 */
import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { mount } from '../../attach/libc.js';
import { BlockIoError } from '../block-device.js';
import * as fuse from './protocol.js';

/** The answer to a READ or WRITE: now, or later through `FuseConnection.reply`. */
export const later = Symbol('answered later');

/** One file of the mount. Errors thrown as BlockIoError reach the caller as their errno, others as EIO. */
export interface FuseFile {
  sizeBytes: number;
  /** `direct` (the default) never through the page cache; `stream` the same, and writes carry no offset. */
  mode?: 'direct' | 'stream' | 'cached';
  read?(offset: number, sizeBytes: number, unique: bigint): Buffer | typeof later;
  write?(offset: number, data: Buffer, unique: bigint): undefined | typeof later;
  fsync?(): void;
  punchHole?(offset: number, lengthBytes: number): void;
  zeroRange?(offset: number, lengthBytes: number): void;
  /** Closed by everybody who had opened it, or whoever had is gone. */
  release?(): void;
  /** Opened by one at a time: others are told EBUSY. Also by what looks into each file of each process (/proc/PID/fd). */
  exclusive?: boolean;
}

const rootNode = 1;

export class FuseConnection {
  readonly #fd: number;
  readonly #names: string[];
  readonly #files: FuseFile[];
  /** How often each node is open. */
  readonly #opens = new Map<number, number>();
  readonly #request = Buffer.allocUnsafe(fuse.requestBufferBytes);
  readonly #reply = Buffer.allocUnsafe(fuse.replyHeaderBytes + fuse.maxTransferBytes);

  /** Mounts on the folder `at`. Needs root. */
  constructor(
    at: string,
    files: Record<string, FuseFile>,
    /** A fault of ours inside a file's method; the caller of the file system sees EIO. */
    private readonly onFault: (error: unknown) => void,
  ) {
    this.#names = Object.keys(files);
    this.#files = Object.values(files);
    this.#fd = openSync('/dev/fuse', 'r+');
    mount(
      'plugpull',
      at,
      'fuse.plugpull',
      0,
      `fd=${this.#fd},rootmode=40000,user_id=0,group_id=0,max_read=${fuse.maxTransferBytes}`,
    );
  }

  /** For callers that wait for requests themselves before `serveOne`. */
  get fd(): number {
    return this.#fd;
  }

  /** Waits for one request and handles it. False when the file system was unmounted. */
  serveOne(): boolean {
    let length: number;
    try {
      length = readSync(this.#fd, this.#request, 0, this.#request.length, null);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // ENOENT: the request was interrupted before we took it.
      if (code === 'EINTR' || code === 'ENOENT' || code === 'EAGAIN') return true;
      if (code === 'ENODEV') return false;
      throw error;
    }
    const request = fuse.decodeRequest(this.#request, length);
    try {
      const answer = this.#handle(request);
      if (answer !== later && answer !== null) this.reply(request.unique, answer);
    } catch (error) {
      if (error instanceof FuseErrno) this.#error(request.unique, error.errno);
      else if (error instanceof BlockIoError) this.#error(request.unique, fuse.errno[error.code]);
      else {
        this.#error(request.unique, fuse.errno.EIO);
        this.onFault(error);
      }
    }
    return true;
  }

  reply(unique: bigint, body: Buffer): void {
    body.copy(this.#reply, fuse.replyHeaderBytes);
    this.#send(unique, 0, body.length);
  }

  close(): void {
    closeSync(this.#fd);
  }

  #error(unique: bigint, errno: number): void {
    this.#send(unique, -errno, 0);
  }

  #send(unique: bigint, error: number, bodyBytes: number): void {
    const length = fuse.replyHeaderBytes + bodyBytes;
    this.#reply.writeUInt32LE(length, 0);
    this.#reply.writeInt32LE(error, 4);
    this.#reply.writeBigUInt64LE(unique, 8);
    try {
      writeSync(this.#fd, this.#reply, 0, length);
    } catch (error) {
      // ENOENT: the caller was killed meanwhile and nobody waits for this answer.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }

  /** null: this request takes no reply. */
  #handle({ opcode, unique, node, body }: fuse.FuseRequest): Buffer | typeof later | null {
    switch (opcode) {
      case fuse.opcode.read: {
        const { offset, sizeBytes } = fuse.decodeTransfer(body);
        const file = this.#file(node);
        if (!file.read) throw new FuseErrno(fuse.errno.EINVAL);
        return file.read(offset, sizeBytes, unique);
      }
      case fuse.opcode.write: {
        const { offset, sizeBytes } = fuse.decodeTransfer(body);
        const file = this.#file(node);
        if (!file.write) throw new FuseErrno(fuse.errno.EINVAL);
        const data = body.subarray(fuse.writePayloadOffset, fuse.writePayloadOffset + sizeBytes);
        return file.write(offset, data, unique) ?? fuse.encodeWritten(sizeBytes);
      }
      case fuse.opcode.fsync:
        return this.#fsync(node);
      case fuse.opcode.fallocate:
        return this.#fallocate(node, body);
      case fuse.opcode.lookup: {
        const position = this.#names.indexOf(body.toString('utf8', 0, body.indexOf(0)));
        if (node !== rootNode || position < 0) throw new FuseErrno(fuse.errno.ENOENT);
        return fuse.encodeEntry(this.#attributes(rootNode + 1 + position));
      }
      case fuse.opcode.getattr:
      case fuse.opcode.setattr:
        return fuse.encodeAttributes(this.#attributes(node));
      case fuse.opcode.open:
        return this.#open(node);
      case fuse.opcode.init:
        return fuse.encodeInit();
      case fuse.opcode.statfs:
        return fuse.statfsReply;
      case fuse.opcode.release:
        this.#release(node);
        return nothing;
      case fuse.opcode.destroy:
        return nothing;
      case fuse.opcode.flush:
        // Said once, and the kernel never asks again. It asks at every close(2), those of execve(2) included, and an
        // execve that waits here while a writer of this file waits for its parent would block /proc for everybody.
        throw new FuseErrno(fuse.errno.ENOSYS);
      case fuse.opcode.forget:
      case fuse.opcode.batchForget:
      case fuse.opcode.interrupt:
        return null;
      default:
        throw new FuseErrno(fuse.errno.ENOSYS);
    }
  }

  #open(node: number): Buffer {
    const { exclusive = false, mode = 'direct' } = this.#file(node);
    const opens = this.#opens.get(node) ?? 0;
    if (exclusive && opens > 0) throw new FuseErrno(fuse.errno.EBUSY);
    this.#opens.set(node, opens + 1);
    return fuse.encodeOpen(mode);
  }

  #release(node: number): void {
    const left = (this.#opens.get(node) ?? 1) - 1;
    this.#opens.set(node, left);
    if (left === 0) this.#file(node).release?.();
  }

  /** A file that does not care says so once, and the kernel stops asking. */
  #fsync(node: number): Buffer {
    const file = this.#file(node);
    if (!file.fsync) throw new FuseErrno(fuse.errno.ENOSYS);
    file.fsync();
    return nothing;
  }

  #fallocate(node: number, body: Buffer): Buffer {
    const file = this.#file(node);
    const { offset, lengthBytes, mode } = fuse.decodeFallocate(body);
    if (mode & fuse.fallocateMode.punchHole && file.punchHole) file.punchHole(offset, lengthBytes);
    else if (mode & fuse.fallocateMode.zeroRange && file.zeroRange) file.zeroRange(offset, lengthBytes);
    else throw new FuseErrno(fuse.errno.EOPNOTSUPP);
    return nothing;
  }

  #file(node: number): FuseFile {
    const file = this.#files[node - rootNode - 1];
    if (!file) throw new FuseErrno(fuse.errno.ENOENT);
    return file;
  }

  #attributes(node: number): fuse.NodeAttributes {
    if (node === rootNode) return { node, sizeBytes: 0, isDirectory: true };
    return { node, sizeBytes: this.#file(node).sizeBytes, isDirectory: false };
  }
}

const nothing = Buffer.alloc(0);

class FuseErrno extends Error {
  constructor(readonly errno: number) {
    super(`errno ${errno}`);
  }
}
