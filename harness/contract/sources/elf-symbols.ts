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

function readSymbols(file: string): boolean {
  return readTable(file, sectionHeaders).some((section) => section.readUInt32LE(4) === symbolTable);
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

function readSegments(file: string): { offset: bigint; address: bigint; size: bigint }[] {
  return readTable(file, programHeaders)
    .filter((one) => one.readUInt32LE(0) === loaded)
    .map((one) => ({
      offset: one.readBigUInt64LE(8),
      address: one.readBigUInt64LE(16),
      size: one.readBigUInt64LE(32),
    }));
}

/** Where the header of a 64-bit ELF file has a table's position, the size of an entry, and their number. */
interface TableField {
  position: number;
  entryBytes: number;
  count: number;
}
const programHeaders: TableField = { position: 32, entryBytes: 54, count: 56 };
const sectionHeaders: TableField = { position: 40, entryBytes: 58, count: 60 };

/** A table's entries; none of what is no 64-bit little-endian ELF file (System V ABI, "Object Files"). */
function readTable(file: string, field: TableField): Buffer[] {
  const fd = openSync(file, 'r');
  try {
    const header = Buffer.alloc(64);
    readSync(fd, header, 0, 64, 0);
    if (header.readUInt32BE(0) !== 0x7f454c46 || header[4] !== 2 || header[5] !== 1) return [];
    const size = header.readUInt16LE(field.entryBytes);
    const count = header.readUInt16LE(field.count);
    const table = Buffer.alloc(size * count);
    readSync(fd, table, 0, table.length, Number(header.readBigUInt64LE(field.position)));
    return Array.from({ length: count }, (_, index) => table.subarray(index * size, (index + 1) * size));
  } finally {
    closeSync(fd);
  }
}
