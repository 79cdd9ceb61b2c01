/**
 * The block log on disk: the format of the kernel's dm-log-writes target, version 1.
 *
 * A log says, in order, what was done to a block device: which sectors were written with which bytes, where a
 * flush completed, what was discarded, and marks that somebody set by name. Whoever wrote the log (our disk,
 * dm-log-writes, QEMU's blklogwrites), these are the bytes. All numbers are little-endian.
 *
 *     super block, one sector                       entry, one sector
 *      0  u64  magic 0x006a736677736872              0  u64  sector: where on the device
 *      8  u64  version, 1                            8  u64  sector count
 *     16  u64  number of entries                    16  u64  flags
 *     24  u32  bytes in a sector                    24  u64  data length: bytes of a mark's text, else 0
 *     28  ...  zeros to the end of the sector       32  ...  a mark's text, then zeros to the end of the sector
 *
 *     file:  [super block] [entry 0] [payload 0] [entry 1] [payload 1] ...
 *
 * - The log's own sector size (the logical block size of the recorded device: 512 or 4096, say) is the unit of
 *   the super block, of the entries and of the sector numbers in them.
 * - A payload has `sector count` sectors. A DISCARD has none although it counts sectors; a flush without data
 *   and a mark count none.
 * - FLUSH on an entry with sectors: the flush came first, then that write (the kernel's REQ_PREFLUSH).
 * - Writers differ. dm-log-writes logs a write only when a flush or FUA made it durable, updates the super block
 *   at FUA writes and marks, and ends with the mark "dm-log-writes-end". QEMU logs writes as they complete,
 *   updates the super block at flushes, and never sets FUA, MARK or METADATA. Kernels that logged
 *   DAX stores put the payload's length into `data length`.
 *
 * A writer that was stopped leaves a super block that counts too few entries, and perhaps half an entry at the
 * end. Entries past the count are real; the half one was never acknowledged and does not exist. A log that
 * lives on a device, not in a file, is followed by whatever the device held before.
 *
 * Sources: Linux drivers/md/dm-log-writes.c and Documentation/admin-guide/device-mapper/log-writes.rst;
 * xfstests src/log-writes/log-writes.c; QEMU block/blklogwrites.c.
 */

export const logMagic = 0x006a_7366_7773_6872n;
export const logVersion = 1n;

/** Bytes of a super block or entry that mean something; the rest of its sector is zeros (or a mark's text). */
export const superBlockBytes = 28;
export const entryHeaderBytes = 32;

export const entryFlag = { flush: 1, fua: 2, discard: 4, mark: 8, metadata: 16 } as const;
export const knownEntryFlags = 31;

/** Sizes a device's logical block can have: the kernel knows no others. */
export function isLogSectorBytes(bytes: number): boolean {
  return bytes >= 512 && bytes <= 65536 && (bytes & (bytes - 1)) === 0;
}

/** A mark's text ends in a NUL inside its sector, because xfstests' replay-log compares it as a C string. */
export function maxMarkBytes(sectorBytes: number): number {
  return sectorBytes - entryHeaderBytes - 1;
}

/** Numbers as they stand in the file: nothing is checked, nothing converted. */
export interface RawSuperBlock {
  magic: bigint;
  version: bigint;
  entryCount: bigint;
  sectorBytes: number;
}

/** Numbers as they stand in the file, in the log's own sectors: nothing is checked, nothing converted. */
export interface RawEntryHeader {
  sector: bigint;
  sectorCount: bigint;
  flags: bigint;
  dataLength: bigint;
}

export function encodeSuperBlock(into: Buffer, superBlock: RawSuperBlock, at = 0): void {
  into.writeBigUInt64LE(superBlock.magic, at);
  into.writeBigUInt64LE(superBlock.version, at + 8);
  into.writeBigUInt64LE(superBlock.entryCount, at + 16);
  into.writeUInt32LE(superBlock.sectorBytes, at + 24);
}

export function decodeSuperBlock(from: Buffer, at = 0): RawSuperBlock {
  return {
    magic: from.readBigUInt64LE(at),
    version: from.readBigUInt64LE(at + 8),
    entryCount: from.readBigUInt64LE(at + 16),
    sectorBytes: from.readUInt32LE(at + 24),
  };
}

export function encodeEntryHeader(into: Buffer, header: RawEntryHeader, at = 0): void {
  into.writeBigUInt64LE(header.sector, at);
  into.writeBigUInt64LE(header.sectorCount, at + 8);
  into.writeBigUInt64LE(header.flags, at + 16);
  into.writeBigUInt64LE(header.dataLength, at + 24);
}

export function decodeEntryHeader(from: Buffer, at = 0): RawEntryHeader {
  return {
    sector: from.readBigUInt64LE(at),
    sectorCount: from.readBigUInt64LE(at + 8),
    flags: from.readBigUInt64LE(at + 16),
    dataLength: from.readBigUInt64LE(at + 24),
  };
}
