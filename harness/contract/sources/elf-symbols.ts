/** What an ELF file says of itself: whether a program or library has its own symbol table (ELF, `.symtab`): one that was stripped has only what it exports. */
import { closeSync, openSync, readSync } from 'node:fs';

const symbolTable = 2;
const loaded = 1;
const known = new Map<string, boolean>();

export function hasSymbols(file: string): boolean {
  const before = known.get(file);
  if (before !== undefined) return before;
  let found = false;
  try {
    found = readSymbols(file);
  } catch {
    // A file of an image, or gone: nothing is known of it.
  }
  known.set(file, found);
  return found;
}

/** Section headers of a 64-bit little-endian ELF file (System V ABI, "Object Files"). */
function readSymbols(file: string): boolean {
  const fd = openSync(file, 'r');
  try {
    const header = Buffer.alloc(64);
    readSync(fd, header, 0, 64, 0);
    if (header.readUInt32BE(0) !== 0x7f454c46 || header[4] !== 2 || header[5] !== 1) return false;
    const [offset, size, count] = [
      header.readBigUInt64LE(40),
      header.readUInt16LE(58),
      header.readUInt16LE(60),
    ];
    const sections = Buffer.alloc(size * count);
    readSync(fd, sections, 0, sections.length, Number(offset));
    for (let at = 0; at + 8 <= sections.length; at += size)
      if (sections.readUInt32LE(at + 4) === symbolTable) return true;
    return false;
  } finally {
    closeSync(fd);
  }
}

const segmentsOf = new Map<string, { offset: bigint; address: bigint; size: bigint }[]>();

/**
 * The address that line tables know a place in the file by: a program that is linked to a fixed address (as Go links) has
 * others than the positions in its file, which is what `strace -k` prints.
 */
export function linkedAddress(file: string, offset: bigint): bigint {
  let segments = segmentsOf.get(file);
  if (segments === undefined) {
    try {
      segments = readSegments(file);
    } catch {
      segments = [];
    }
    segmentsOf.set(file, segments);
  }
  const own = segments.find((each) => each.offset <= offset && offset < each.offset + each.size);
  return own ? offset - own.offset + own.address : offset;
}

/** Program headers of a 64-bit little-endian ELF file. */
function readSegments(file: string): { offset: bigint; address: bigint; size: bigint }[] {
  const fd = openSync(file, 'r');
  try {
    const header = Buffer.alloc(64);
    readSync(fd, header, 0, 64, 0);
    if (header.readUInt32BE(0) !== 0x7f454c46 || header[4] !== 2 || header[5] !== 1) return [];
    const [from, size, count] = [
      header.readBigUInt64LE(32),
      header.readUInt16LE(54),
      header.readUInt16LE(56),
    ];
    const headers = Buffer.alloc(size * count);
    readSync(fd, headers, 0, headers.length, Number(from));
    return Array.from({ length: count }, (_, index) => headers.subarray(index * size, (index + 1) * size))
      .filter((one) => one.readUInt32LE(0) === loaded)
      .map((one) => ({
        offset: one.readBigUInt64LE(8),
        address: one.readBigUInt64LE(16),
        size: one.readBigUInt64LE(32),
      }));
  } finally {
    closeSync(fd);
  }
}
