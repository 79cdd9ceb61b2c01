import { entryFlag, entryHeaderBytes, knownEntryFlags, maxMarkBytes, type RawEntryHeader } from './layout.js';

export interface EntryLimits {
  sectorBytes: number;
  /** Bytes of the device the log is of, where known. */
  deviceBytes?: number | undefined;
}

const mark = BigInt(entryFlag.mark);
const largestByte = BigInt(Number.MAX_SAFE_INTEGER);

/**
 * Says what makes an entry impossible, as "expected ..., found ...", or nothing if it could be one.
 * Ask for less than this and whatever follows the log's end on a reused device passes for entries.
 */
export function entryProblem(
  header: RawEntryHeader,
  firstDataByte: number,
  limits: EntryLimits,
): string | undefined {
  const { sector, sectorCount, flags, dataLength } = header;
  if (flags & ~BigInt(knownEntryFlags)) {
    return `expected flags within 0x${knownEntryFlags.toString(16)}, found 0x${flags.toString(16)}`;
  }
  if (flags & mark) return markProblem(header, limits.sectorBytes);
  if (sectorCount === 0n && !(flags & BigInt(entryFlag.flush))) {
    return `expected sectors, a flush or a mark, found no sectors and flags 0x${flags.toString(16)}`;
  }
  if (firstDataByte !== 0) {
    return `expected zeros from byte ${entryHeaderBytes} of an entry that is no mark, found 0x${firstDataByte.toString(16)}`;
  }
  const sectorBytes = BigInt(limits.sectorBytes);
  const endByte = (sector + sectorCount) * sectorBytes;
  const range = `sectors ${sector} to ${sector + sectorCount} of ${sectorBytes} bytes`;
  if (endByte > largestByte) return `expected sectors below byte 2^53, found ${range}`;
  if (limits.deviceBytes !== undefined && endByte > BigInt(limits.deviceBytes)) {
    return `expected sectors inside the device of ${limits.deviceBytes} bytes, found ${range}`;
  }
  if (dataLength > sectorCount * sectorBytes) {
    return `expected a data length of at most ${sectorCount * sectorBytes} bytes, found ${dataLength}`;
  }
  return undefined;
}

function markProblem(header: RawEntryHeader, sectorBytes: number): string | undefined {
  // One byte more than our own writer uses: other writers may do without the NUL.
  const longest = BigInt(maxMarkBytes(sectorBytes) + 1);
  if (header.flags !== mark)
    return `expected a mark to have no other flag, found 0x${header.flags.toString(16)}`;
  if (header.sectorCount !== 0n) return `expected a mark of no sectors, found ${header.sectorCount}`;
  if (header.dataLength > longest) {
    return `expected a mark's text of at most ${longest} bytes, found ${header.dataLength}`;
  }
  return undefined;
}
