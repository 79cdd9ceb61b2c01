/**
 * The part of the Network Block Device protocol that a disk server needs, byte by byte. Every number is
 * big-endian. C: client sends, S: server sends.
 *
 * Handshake, fixed newstyle:
 *
 *     S:  u64 "NBDMAGIC"   u64 "IHAVEOPT"   u16 handshake flags
 *     C:  u32 client flags
 *     then any number of options:
 *     C:  u64 "IHAVEOPT"   u32 option   u32 length   length bytes of data
 *     S:  u64 option reply magic   u32 option   u32 reply type   u32 length   length bytes of data
 *
 *     EXPORT_NAME  data: the name. No reply block; on success
 *                  S:  u64 size   u16 transmission flags   124 zeros unless both sides set NO_ZEROES
 *                  and transmission begins; on failure the connection is closed.
 *     INFO, GO     data: u32 name length, name, u16 number of requests, u16 each.
 *                  S:  INFO replies, then ACK; after GO's ACK transmission begins.
 *                  INFO reply data: u16 kind, then EXPORT: u64 size, u16 transmission flags;
 *                  NAME: the name; BLOCK_SIZE: u32 minimum, u32 preferred, u32 maximum.
 *     LIST         no data. S: a SERVER reply an export (u32 name length, name), then ACK.
 *     ABORT        S: ACK, then the connection is closed.
 *     others       S: ERR_UNSUP. So structured replies, TLS and metadata contexts are never negotiated.
 *
 * Transmission:
 *
 *     C:   0 u32 request magic       S:   0 u32 simple reply magic
 *          4 u16 command flags            4 u32 error, 0 for success
 *          6 u16 command                  8 u64 cookie
 *          8 u64 cookie                  16 ... the bytes of a READ that succeeded
 *         16 u64 offset
 *         24 u32 length
 *         28 ... the bytes of a WRITE
 *
 * Cookies are opaque; replies may come in any order. DISC has no reply.
 *
 * Source: the protocol document, https://github.com/NetworkBlockDevice/nbd/blob/master/doc/proto.md.
 */

export const handshakeMagic = 0x4e42_444d_4147_4943n;
export const optionMagic = 0x4948_4156_454f_5054n;
export const optionReplyMagic = 0x0003_e889_0455_65a9n;
export const requestMagic = 0x2560_9513;
export const simpleReplyMagic = 0x6744_6698;

export const handshakeFlag = { fixedNewstyle: 1, noZeroes: 2 } as const;

export const option = { exportName: 1, abort: 2, list: 3, info: 6, go: 7 } as const;

export const optionReply = {
  ack: 1,
  server: 2,
  info: 3,
  errUnsupported: 0x8000_0001,
  errInvalid: 0x8000_0003,
  errUnknown: 0x8000_0006,
} as const;

export const infoKind = { export: 0, name: 1, blockSize: 3 } as const;

export const transmissionFlag = {
  hasFlags: 1,
  sendFlush: 1 << 2,
  sendFua: 1 << 3,
  rotational: 1 << 4,
  sendTrim: 1 << 5,
  sendWriteZeroes: 1 << 6,
  canMultiConn: 1 << 8,
} as const;

export const command = { read: 0, write: 1, disconnect: 2, flush: 3, trim: 4, writeZeroes: 6 } as const;

export const commandFlag = { fua: 1, noHole: 2 } as const;

/** The protocol's own error numbers: the common values of errno, whatever the server's system has. */
export const nbdError = { EIO: 5, EINVAL: 22, ENOSPC: 28 } as const;

export const optionHeaderBytes = 16;
export const requestHeaderBytes = 28;
export const simpleReplyBytes = 16;
