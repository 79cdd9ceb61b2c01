/** Whether a program or library has its own symbol table (ELF, `.symtab`): one that was stripped has only what it exports. */
import { closeSync, openSync, readSync } from 'node:fs';

const symbolTable = 2;
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
