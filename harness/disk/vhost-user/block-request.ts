/**
 * A request of virtio's block device (virtio 1.2, section 5.2.6): u32 type, u32 reserved, u64 sector, then data, then
 * one byte of status that the device writes. How these lie in the segments of a chain is free.
 */
import { sectorBytes } from '../block-device.js';
import type { RequestTraits } from '../request-traits.js';
import { VhostUserRefusal } from './protocol.js';
import type { Chain } from './split-queue.js';

const headerBytes = 16;
const rangeBytes = 16;
/** A range's flag: its blocks may be given back. */
const unmap = 1;
/** Longest read or write; machines of today ask for a few megabytes at most. */
const maxRequestBytes = 32 * 1024 * 1024;

const type = { read: 0, write: 1, flush: 4, getId: 8, discard: 11, writeZeroes: 13 } as const;

export const status = { ok: 0, ioError: 1, unsupported: 2 } as const;

/** Bytes of the disk. */
export interface ByteRange {
  offset: number;
  lengthBytes: number;
}

export type BlockAction =
  | { kind: 'read'; offset: number; into: readonly Buffer[]; lengthBytes: number }
  | { kind: 'write'; offset: number; data: Buffer }
  | { kind: 'flush' }
  | { kind: 'discard' | 'writeZeroes'; ranges: readonly ByteRange[] }
  | { kind: 'getId'; into: readonly Buffer[] }
  /** Understood, but not to be done. */
  | { kind: 'refused'; status: number };

export interface BlockRequest {
  head: number;
  action: BlockAction;
  /** One byte. */
  status: Buffer;
  /** Bytes in front of the status that an action which succeeds writes. */
  writtenBytes: number;
}

export interface RequestRules {
  sizeBytes: number;
  blockBytes: number;
  discard: boolean;
  writeZeroes: boolean;
}

/** @throws VhostUserRefusal when there is not even room for header and status */
export function decodeChain({ head, readable, writable }: Chain, rules: RequestRules): BlockRequest {
  const header = takeFront(readable, headerBytes);
  const status = takeLastByte(writable);
  const action = decodeAction(header, readable, writable, rules);
  const writes = action.kind === 'read' || action.kind === 'getId';
  return { head, action, status, writtenBytes: writes ? lengthOf(writable) : 0 };
}

function decodeAction(
  header: Buffer,
  readable: readonly Buffer[],
  writable: readonly Buffer[],
  rules: RequestRules,
): BlockAction {
  switch (header.readUInt32LE(0)) {
    case type.read: {
      const range = transfer(header, lengthOf(writable), rules);
      return range ? { kind: 'read', into: writable, ...range } : refused(status.ioError);
    }
    case type.write: {
      const range = transfer(header, lengthOf(readable), rules);
      if (!range) return refused(status.ioError);
      // Whole in one piece: it is recorded as one write, and one fault fails it.
      const data = readable.length === 1 ? readable[0]! : Buffer.concat(readable);
      return { kind: 'write', offset: range.offset, data };
    }
    case type.flush:
      return { kind: 'flush' };
    case type.getId:
      return { kind: 'getId', into: writable };
    case type.discard:
      return rules.discard ? onRanges('discard', readable, rules) : refused(status.unsupported);
    case type.writeZeroes:
      return rules.writeZeroes ? onRanges('writeZeroes', readable, rules) : refused(status.unsupported);
    default:
      return refused(status.unsupported);
  }
}

function transfer(header: Buffer, lengthBytes: number, rules: RequestRules): ByteRange | null {
  if (lengthBytes > maxRequestBytes) return null;
  return range(header.readBigUInt64LE(8), lengthBytes, rules);
}

/** A range's bytes; null when it is none of whole blocks inside the disk. */
function range(
  sector: bigint,
  lengthBytes: number,
  { sizeBytes, blockBytes }: RequestRules,
): ByteRange | null {
  if (sector > BigInt(sizeBytes / sectorBytes)) return null;
  const offset = Number(sector) * sectorBytes;
  if (lengthBytes === 0 || offset + lengthBytes > sizeBytes) return null;
  if (offset % blockBytes !== 0 || lengthBytes % blockBytes !== 0) return null;
  return { offset, lengthBytes };
}

/** Ranges: u64 sector, u32 sector count, u32 flags. */
function onRanges(
  kind: 'discard' | 'writeZeroes',
  readable: readonly Buffer[],
  rules: RequestRules,
): BlockAction {
  const lengthBytes = lengthOf(readable);
  if (lengthBytes === 0 || lengthBytes > 4096 || lengthBytes % rangeBytes !== 0)
    return refused(status.ioError);
  const list = Buffer.concat(readable);
  const ranges: ByteRange[] = [];
  for (let at = 0; at < list.length; at += rangeBytes) {
    const flags = list.readUInt32LE(at + 12);
    if (flags & ~unmap || (kind === 'discard' && flags !== 0)) return refused(status.unsupported);
    const found = range(list.readBigUInt64LE(at), list.readUInt32LE(at + 8) * sectorBytes, rules);
    if (!found) return refused(status.ioError);
    ranges.push(found);
  }
  return { kind, ranges };
}

function refused(why: number): BlockAction {
  return { kind: 'refused', status: why };
}

function lengthOf(parts: readonly Buffer[]): number {
  let length = 0;
  for (const part of parts) length += part.length;
  return length;
}

/** Removes bytes from the front of the parts and gives a copy: the machine could change them under our eyes. */
function takeFront(parts: Buffer[], lengthBytes: number): Buffer {
  const taken = Buffer.allocUnsafe(lengthBytes);
  for (let done = 0; done < lengthBytes; ) {
    const [first] = parts;
    if (!first) throw new VhostUserRefusal('request without a header');
    const count = first.copy(taken, done);
    done += count;
    if (count === first.length) parts.shift();
    else parts[0] = first.subarray(count);
  }
  return taken;
}

function takeLastByte(parts: Buffer[]): Buffer {
  const last = parts.at(-1);
  if (!last) throw new VhostUserRefusal('request without a status');
  if (last.length === 1) parts.pop();
  else parts[parts.length - 1] = last.subarray(0, -1);
  return last.subarray(-1);
}

export const blockTraits: RequestTraits<BlockRequest> = {
  isFlush: ({ action }) => action.kind === 'flush',
  isWrite: ({ action }) => action.kind === 'write' || action.kind === 'writeZeroes',
  // The machine leaves a request's memory alone until it is answered, but one that lies must not rewrite the past.
  kept: (request) =>
    request.action.kind === 'write'
      ? { ...request, action: { ...request.action, data: Buffer.from(request.action.data) } }
      : request,
  bytes: ({ action }) => (action.kind === 'write' ? action.data.length : 0),
};
