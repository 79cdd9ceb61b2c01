/**
 * The part of the FUSE kernel protocol (include/uapi/linux/fuse.h, version 7.31) that serving a handful of
 * plain files needs. All integers little-endian on the machines we run on.
 *
 * request:  u32 length, u32 opcode, u64 unique, u64 node id, u32 uid, u32 gid, u32 pid, u32 padding  (40 bytes)
 *           then the opcode's own structure
 * reply:    u32 length, i32 negative errno or 0, u64 unique                                          (16 bytes)
 *           then the opcode's own structure
 *
 * The kernel hands over one whole request a read(2) and takes one whole reply a write(2): nothing can be torn.
 */
export const opcode = {
  lookup: 1,
  forget: 2,
  getattr: 3,
  setattr: 4,
  open: 14,
  read: 15,
  write: 16,
  statfs: 17,
  release: 18,
  fsync: 20,
  flush: 25,
  init: 26,
  interrupt: 36,
  destroy: 38,
  batchForget: 42,
  fallocate: 43,
} as const;

export const requestHeaderBytes = 40;
export const replyHeaderBytes = 16;
/** Largest read or write in one request. */
export const maxTransferBytes = 1024 * 1024;
/** A buffer for any request: header, structure and the largest payload. */
export const requestBufferBytes = maxTransferBytes + 8192;

export const errno = {
  EPERM: 1,
  ENOENT: 2,
  EIO: 5,
  EBUSY: 16,
  EINVAL: 22,
  ENOSPC: 28,
  ENOSYS: 38,
  EOPNOTSUPP: 95,
} as const;

const initFlag = { asyncRead: 1, bigWrites: 1 << 5, asyncDirectIo: 1 << 15, maxPages: 1 << 22 } as const;
/** FOPEN_DIRECT_IO | FOPEN_PARALLEL_DIRECT_WRITES: never through the page cache of this file. */
const openDirect = 1 | 64;
/**
 * FOPEN_NONSEEKABLE | FOPEN_STREAM on top: writes carry no meaningful offset, like a pipe's. FOPEN_NOFLUSH (Linux 5.16):
 * a close neither asks nor takes the inode's lock, which a writer that waits holds.
 */
const openStream = openDirect | 4 | 16 | 32;

/** FOPEN_KEEP_CACHE. */
const openCached = 2;

export interface FuseRequest {
  opcode: number;
  unique: bigint;
  node: number;
  /** Everything after the header; only valid until the next request is read. */
  body: Buffer;
}

export function decodeRequest(buffer: Buffer, lengthBytes: number): FuseRequest {
  return {
    opcode: buffer.readUInt32LE(4),
    unique: buffer.readBigUInt64LE(8),
    node: buffer.readUInt32LE(16),
    body: buffer.subarray(requestHeaderBytes, lengthBytes),
  };
}

/** Offset (bytes 8..15) and size (16..19) of a READ or WRITE; offsets here stay far below 2^53. */
export function decodeTransfer(body: Buffer): { offset: number; sizeBytes: number } {
  return { offset: Number(body.readBigUInt64LE(8)), sizeBytes: body.readUInt32LE(16) };
}

/** A WRITE's payload follows its 40-byte structure. */
export const writePayloadOffset = 40;

export function decodeFallocate(body: Buffer): { offset: number; lengthBytes: number; mode: number } {
  return {
    offset: Number(body.readBigUInt64LE(8)),
    lengthBytes: Number(body.readBigUInt64LE(16)),
    mode: body.readUInt32LE(24),
  };
}

/** FALLOC_FL_KEEP_SIZE, FALLOC_FL_PUNCH_HOLE, FALLOC_FL_ZERO_RANGE. */
export const fallocateMode = { keepSize: 1, punchHole: 2, zeroRange: 16 } as const;

export interface NodeAttributes {
  node: number;
  sizeBytes: number;
  isDirectory: boolean;
}

export function encodeInit(): Buffer {
  const reply = Buffer.alloc(64);
  reply.writeUInt32LE(7, 0);
  reply.writeUInt32LE(31, 4);
  reply.writeUInt32LE(0, 8); // no read-ahead
  // Without asynchronous direct I/O the loop device would send one request at a time.
  const flags = initFlag.asyncRead | initFlag.bigWrites | initFlag.asyncDirectIo | initFlag.maxPages;
  reply.writeUInt32LE(flags >>> 0, 12);
  reply.writeUInt16LE(64, 16);
  reply.writeUInt16LE(48, 18);
  reply.writeUInt32LE(maxTransferBytes, 20);
  reply.writeUInt32LE(1, 24);
  reply.writeUInt16LE(maxTransferBytes / 4096, 28);
  return reply;
}

/** A day: names and attributes never change while the file system is mounted. */
const validSeconds = 86_400n;

function writeAttributes(
  into: Buffer,
  offset: number,
  { node, sizeBytes, isDirectory }: NodeAttributes,
): void {
  into.writeBigUInt64LE(BigInt(node), offset);
  into.writeBigUInt64LE(BigInt(sizeBytes), offset + 8);
  into.writeUInt32LE(isDirectory ? 0o040700 : 0o100600, offset + 60);
  into.writeUInt32LE(1, offset + 64);
  into.writeUInt32LE(4096, offset + 80);
}

export function encodeEntry(attributes: NodeAttributes): Buffer {
  const reply = Buffer.alloc(128);
  reply.writeBigUInt64LE(BigInt(attributes.node), 0);
  reply.writeBigUInt64LE(validSeconds, 16);
  reply.writeBigUInt64LE(validSeconds, 24);
  writeAttributes(reply, 40, attributes);
  return reply;
}

export function encodeAttributes(attributes: NodeAttributes): Buffer {
  const reply = Buffer.alloc(104);
  reply.writeBigUInt64LE(validSeconds, 0);
  writeAttributes(reply, 16, attributes);
  return reply;
}

/** How an opened file is cached: not at all, not at all and without offsets, or in the page cache. */
export function encodeOpen(mode: 'direct' | 'stream' | 'cached'): Buffer {
  const reply = Buffer.alloc(16);
  reply.writeUInt32LE({ direct: openDirect, stream: openStream, cached: openCached }[mode], 8);
  return reply;
}

export function encodeWritten(sizeBytes: number): Buffer {
  const reply = Buffer.alloc(8);
  reply.writeUInt32LE(sizeBytes, 0);
  return reply;
}

/** All zeros: a file system with nothing to allocate. */
export const statfsReply = Buffer.alloc(80);
