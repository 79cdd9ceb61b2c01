import t from 'tap';
import { withFastCrc32c } from '../../../vm/image/fast-crc32c.js';
import { withOwnLibraries } from '../../../vm/image/own-libraries.js';

const headerBytes = 64 + 56;
const base = 0x6000_0000;
/** The function as gcc made it for 7.2, with a hole for its table's address. */
const code = (table: number): Buffer => {
  const address = Buffer.alloc(8);
  address.writeBigUInt64LE(BigInt(table));
  return Buffer.concat([
    Buffer.from('4989f04889d189f831d248be', 'hex'),
    address,
    Buffer.from('4839d1741689c74132041048ffc20fb6c0c1ef08333c8689f8ebe5c3', 'hex'),
  ]);
};

function tableOf(polynomial: number): Buffer {
  const table = Buffer.alloc(1024);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ polynomial : crc >>> 1;
    table.writeUInt32LE(crc >>> 0, byte * 4);
  }
  return table;
}

/** An ELF file with one loaded segment: tables first, then functions that use them by number. */
function program(tables: readonly Buffer[], uses: readonly number[]): Buffer {
  const addressOf = (table: number) => base + headerBytes + table * 1024;
  const content = Buffer.concat([
    Buffer.alloc(headerBytes),
    ...tables,
    ...uses.map((table) => Buffer.concat([Buffer.alloc(5, 0x90), code(addressOf(table))])),
  ]);
  content.writeBigUInt64LE(64n, 32);
  content.writeUInt16LE(56, 54);
  content.writeUInt16LE(1, 56);
  content.writeUInt32LE(1, 64);
  content.writeBigUInt64LE(0n, 64 + 8);
  content.writeBigUInt64LE(BigInt(base), 64 + 16);
  content.writeBigUInt64LE(BigInt(content.length), 64 + 32);
  return content;
}

const castagnoli = tableOf(0x82f63b78);
const ethernet = tableOf(0xedb88320);

t.test('the function with the right table is replaced, and nothing else', async (t) => {
  const before = program([ethernet, castagnoli], [0, 1]);
  const after = withFastCrc32c(before)!;
  const at = before.length - 48;
  t.equal(after.length, before.length);
  t.ok(after.subarray(0, at).equals(before.subarray(0, at)));
  t.ok(after.includes(Buffer.from('f2480f38f106', 'hex')), 'crc32q');
  t.equal(after.indexOf('f2480f38f106', 'hex') > at, true);
  t.ok(before.subarray(at).equals(code(base + headerBytes + 1024)), 'the original is untouched');
});

t.test('where it cannot be told for certain, the program stays', async (t) => {
  t.equal(withFastCrc32c(program([ethernet], [0])), undefined, 'another polynomial');
  t.equal(withFastCrc32c(program([castagnoli], [])), undefined, 'no such function');
  t.equal(withFastCrc32c(program([castagnoli], [0, 0])), undefined, 'two of them');
  const flipped = program([castagnoli], [0]);
  flipped.writeUInt8(1, headerBytes + 4 * 200);
  t.equal(withFastCrc32c(flipped), undefined, 'one entry of the table differs');
  const outside = program([castagnoli], [1000]);
  t.equal(withFastCrc32c(outside), undefined, 'its table lies outside the file');
  const other = program([castagnoli], [0]);
  other.writeUInt8(0, other.length - 2);
  t.equal(withFastCrc32c(other), undefined, 'one byte of the function differs');
});

t.test('a program takes loader and libraries from its own folder', async (t) => {
  const linked = Buffer.from('..\0/lib64/ld-linux-x86-64.so.2\0..\0/lib64:/lib\0..');
  const own = withOwnLibraries(linked, 'uml@sid');
  t.equal(own.length, linked.length);
  t.match(own.toString(), /\0\.\/ld-linux-x86-64\.so\.2\0+\.\.\0\$ORIGIN\0+\.\.$/);
  t.throws(() => withOwnLibraries(Buffer.from('/lib64/ld-linux-x86-64.so.2\0'), 'uml@sid'), {
    message: /^uml@sid: expected a program linked for \/lib64:\/lib once/,
  });
});
