import fc from 'fast-check';
import t from 'tap';
import { decodeRequest } from '../../../harness/disk/nbd/request.js';
import { cmd, errno, requestMessage } from './raw-client.js';

const limits = {
  sizeBytes: 1 << 20,
  maxRequestBytes: 1 << 16,
  blockBytes: 512,
  features: { flush: true, fua: true, trim: true, writeZeroes: true },
};

const u16 = fc.integer({ min: 0, max: 0xffff });
const u32 = fc.integer({ min: 0, max: 0xffffffff });
const u64 = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n });

t.test('decoding a header agrees with reading it byte by byte', async (t) => {
  fc.assert(
    fc.property(u16, u16, u64, u64, u32, (flags, command, cookie, offset, length) => {
      const frame = requestMessage({ command, flags, cookie, offset, length });
      const bigEndian = (at: number, bytes: number): bigint =>
        [...frame.subarray(at, at + bytes)].reduce((value, byte) => value * 256n + BigInt(byte), 0n);
      const request = decodeRequest(frame, limits)!;
      return t.same(
        [
          request.flags,
          request.command,
          request.cookieHigh,
          request.cookieLow,
          request.offset,
          request.length,
        ],
        [
          [4, 2],
          [6, 2],
          [8, 4],
          [12, 4],
          [16, 8],
          [24, 4],
        ].map(([at, bytes]) => Number(bigEndian(at!, bytes!))),
      );
    }),
  );
});

t.test('a wrong magic is no request', async (t) => {
  t.equal(decodeRequest(requestMessage({ command: cmd.flush, magic: 0x25609512 }), limits), undefined);
});

t.test('what is accepted', async (t) => {
  const all = limits.features;
  const cases: [string, Parameters<typeof requestMessage>[0], boolean, Partial<typeof all>?][] = [
    ['a read of the whole limit', { command: cmd.read, length: 1 << 16 }, true],
    ['a read past the limit', { command: cmd.read, length: (1 << 16) + 512 }, false],
    ['a read of nothing', { command: cmd.read, length: 0 }, false],
    ['a read of half a sector', { command: cmd.read, length: 256 }, false],
    ['a read at half a sector', { command: cmd.read, offset: 256, length: 512 }, false],
    ['the last sector', { command: cmd.write, offset: (1 << 20) - 512, length: 512 }, true],
    ['one sector too far', { command: cmd.write, offset: 1 << 20, length: 512 }, false],
    ['across the end', { command: cmd.write, offset: (1 << 20) - 512, length: 1024 }, false],
    [
      'an offset that wraps round 64 bits',
      { command: cmd.read, offset: (1n << 64n) - 512n, length: 1024 },
      false,
    ],
    ['a trim of all', { command: cmd.trim, length: 1 << 20 }, true],
    ['zeroes over all', { command: cmd.writeZeroes, length: 1 << 20 }, true],
    ['zeroes without holes', { command: cmd.writeZeroes, length: 512, flags: 2 }, true],
    ['zeroes only if fast', { command: cmd.writeZeroes, length: 512, flags: 16 }, false],
    ['a write without holes', { command: cmd.write, length: 512, flags: 2 }, false],
    ['FUA on anything', { command: cmd.read, length: 512, flags: 1 }, true],
    ['FUA not advertised', { command: cmd.write, length: 512, flags: 1 }, false, { fua: false }],
    ['a flush', { command: cmd.flush }, true],
    ['a flush of a range', { command: cmd.flush, length: 512 }, false],
    ['a flush not advertised', { command: cmd.flush }, false, { flush: false }],
    ['a trim not advertised', { command: cmd.trim, length: 512 }, false, { trim: false }],
    ['zeroes not advertised', { command: cmd.writeZeroes, length: 512 }, false, { writeZeroes: false }],
    ['CACHE', { command: cmd.cache, length: 512 }, false],
    ['BLOCK_STATUS', { command: cmd.blockStatus, length: 512 }, false],
    ['a command of no standard', { command: 999, length: 512 }, false],
  ];
  for (const [what, message, isAccepted, features] of cases) {
    const request = decodeRequest(requestMessage(message), { ...limits, features: { ...all, ...features } });
    t.equal(request?.refusal, isAccepted ? errno.ok : errno.EINVAL, what);
  }
});
