import fc from 'fast-check';
import t from 'tap';
import {
  decodeEntryHeader,
  decodeSuperBlock,
  encodeEntryHeader,
  encodeSuperBlock,
  entryFlag,
  isLogSectorBytes,
  knownEntryFlags,
  logMagic,
} from '../../../harness/trace/block-log/layout.js';

const u64 = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n });
const u32 = fc.integer({ min: 0, max: 0xffffffff });

function byteByByte(bytes: Buffer, at: number, length: number): bigint {
  let value = 0n;
  for (let nth = length - 1; nth >= 0; nth--) value = (value << 8n) | BigInt(bytes[at + nth]!);
  return value;
}

t.test('a super block is where the layout says, and comes back', async (t) => {
  fc.assert(
    fc.property(u64, u64, u64, u32, fc.nat({ max: 20 }), (magic, version, entryCount, sectorBytes, at) => {
      const bytes = Buffer.alloc(at + 28);
      encodeSuperBlock(bytes, { magic, version, entryCount, sectorBytes }, at);
      const fields = [
        [0, 8],
        [8, 8],
        [16, 8],
        [24, 4],
      ].map(([field, length]) => byteByByte(bytes, at + field!, length!));
      return (
        t.same(fields, [magic, version, entryCount, BigInt(sectorBytes)]) &&
        t.same(decodeSuperBlock(bytes, at), { magic, version, entryCount, sectorBytes })
      );
    }),
  );
});

t.test('an entry header is where the layout says, and comes back', async (t) => {
  fc.assert(
    fc.property(u64, u64, u64, u64, fc.nat({ max: 20 }), (sector, sectorCount, flags, dataLength, at) => {
      const bytes = Buffer.alloc(at + 32);
      encodeEntryHeader(bytes, { sector, sectorCount, flags, dataLength }, at);
      const fields = [0, 8, 16, 24].map((field) => byteByByte(bytes, at + field, 8));
      return (
        t.same(fields, [sector, sectorCount, flags, dataLength]) &&
        t.same(decodeEntryHeader(bytes, at), { sector, sectorCount, flags, dataLength })
      );
    }),
  );
});

t.test('the numbers of the kernel’s driver', async (t) => {
  const superBlock = Buffer.alloc(8);
  superBlock.writeBigUInt64LE(logMagic);
  t.equal(superBlock.toString('latin1'), 'rhswfsj\0');
  t.same(entryFlag, { flush: 1, fua: 2, discard: 4, mark: 8, metadata: 16 });
  t.equal(
    Object.values(entryFlag).reduce((all, flag) => all | flag, 0),
    knownEntryFlags,
  );
  for (const bytes of [512, 1024, 4096, 65536]) t.ok(isLogSectorBytes(bytes), `${bytes}`);
  for (const bytes of [0, 1, 256, 511, 513, 4095, 65537, 131072, 2 ** 31, 2 ** 32 - 1]) {
    t.notOk(isLogSectorBytes(bytes), `${bytes}`);
  }
});
