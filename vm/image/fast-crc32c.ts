/**
 * The checksum that ext4, xfs and btrfs spend most of a recovery on, made fast in a User-mode Linux program.
 *
 * UML's crc32c (lib/crc/crc32-main.c) takes a table look-up a byte; the processor's own instruction, which ordinary
 * kernels use, is not in a UML build. With it, recoveries of ext4 went from 115 a second to 387. So the function is
 * overwritten in the program's file: found by its exact bytes, of which only the table's address is left open, and
 * that table is compared with the polynomial's. Anything else, and the program stays as it is, right and slower.
 *
 *     u32 crc32c(u32 crc, const void *p, size_t len)     edi, rsi, rdx -> eax
 *
 * crc32q and crc32b (SSE4.2) work on integer registers alone, so they are allowed anywhere in a kernel.
 */

/** The compiler's function: 48 bytes; between the two parts, the table's address. */
const before = Buffer.from('4989f04889d189f831d248be', 'hex');
const after = Buffer.from('4839d1741689c74132041048ffc20fb6c0c1ef08333c8689f8ebe5c3', 'hex');
const functionBytes = before.length + 8 + after.length;

const fast = Buffer.from(
  [
    '89f8', // mov eax, edi
    '4889d1', // mov rcx, rdx
    '48c1e903', // shr rcx, 3
    '740f', // jz tail
    'f2480f38f106', // words: crc32q rax, [rsi]
    '4883c608', // add rsi, 8
    '48ffc9', // dec rcx
    '75f1', // jnz words
    '83e207', // tail: and edx, 7
    '740c', // jz end
    'f20f38f006', // bytes: crc32b eax, [rsi]
    '48ffc6', // inc rsi
    'ffca', // dec edx
    '75f4', // jnz bytes
    'c3', // end: ret
  ].join(''),
  'hex',
);
/** int3, behind the return: nobody gets there. */
const filler = 0xcc;

/** A copy of the program with the fast function in place of the slow one; undefined where that is not found for certain. */
export function withFastCrc32c(program: Buffer): Buffer | undefined {
  const at = onlyPlace(program);
  if (at === undefined) return undefined;
  const result = Buffer.from(program);
  result.fill(filler, at, at + functionBytes);
  fast.copy(result, at);
  return result;
}

/** Where the function begins, in bytes of the file; not when there are several. Other checksums differ in the table alone. */
function onlyPlace(program: Buffer): number | undefined {
  const places: number[] = [];
  for (let at = program.indexOf(before); at >= 0; at = program.indexOf(before, at + 1)) {
    const rest = at + before.length + 8;
    if (!program.subarray(rest, rest + after.length).equals(after)) continue;
    if (isTable(program, program.readBigUInt64LE(at + before.length))) places.push(at);
  }
  return places.length === 1 ? places[0] : undefined;
}

function isTable(program: Buffer, address: bigint): boolean {
  const at = fileOffsetOf(program, address);
  if (at === undefined || at + 1024 > program.length) return false;
  return crc32cTable().every((entry, index) => program.readUInt32LE(at + 4 * index) === entry);
}

/** Where the ELF program's file has what it has in memory at an address (program headers, System V ABI). */
function fileOffsetOf(program: Buffer, address: bigint): number | undefined {
  const headers = Number(program.readBigUInt64LE(32));
  const bytes = program.readUInt16LE(54);
  const count = program.readUInt16LE(56);
  for (let i = 0; i < count; i++) {
    const header = headers + i * bytes;
    const [offset, virtual] = [program.readBigUInt64LE(header + 8), program.readBigUInt64LE(header + 16)];
    const inFile = program.readBigUInt64LE(header + 32);
    const loaded = program.readUInt32LE(header) === 1;
    if (loaded && address >= virtual && address < virtual + inFile) return Number(address - virtual + offset);
  }
  return undefined;
}

/** Castagnoli's polynomial, bits reversed. */
function crc32cTable(): number[] {
  return Array.from({ length: 256 }, (_, byte) => {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
    return crc >>> 0;
  });
}
