import fc from 'fast-check';
import t from 'tap';
import { hostileLog } from '../../../bench/fuzz/hostile-log.js';
import { openHostileLog } from '../../../bench/fuzz/open-hostile-log.js';
import { referenceLog } from './reference-log.js';

const none = Buffer.alloc(0);
const small = referenceLog(
  [
    { sector: 3n, sectorCount: 1n, flags: 0n, text: none, payload: Buffer.alloc(512, 3) },
    { sector: 0n, sectorCount: 0n, flags: 1n, text: none, payload: none },
    { sector: 0n, sectorCount: 0n, flags: 8n, text: Buffer.from('acked'), payload: none },
    { sector: 5n, sectorCount: 2n, flags: 2n, text: none, payload: Buffer.alloc(1024, 5) },
  ],
  { count: 3n },
);
const options = { deviceBytes: undefined, pastCount: 'scan' } as const;

t.test('a log cut at any byte is read or refused, never more than was there', async (t) => {
  const fates = { read: 0, refused: 0 };
  for (let size = 0; size <= small.length; size++) {
    fates[openHostileLog({ ...options, bytes: small.subarray(0, size) })]++;
  }
  // Refused up to the second of three counted entries' end, read from there on.
  t.same(fates, { refused: 2048, read: small.length + 1 - 2048 });
});

t.test('a log with any one bit of a header flipped is read or refused', async (t) => {
  const bytes = Buffer.from(small);
  // Byte 1024 begins the first payload, which may hold anything.
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const at = bit >> 3;
    if (at % 512 >= 40) continue;
    bytes[at]! ^= 1 << (bit & 7);
    openHostileLog({ ...options, bytes });
    bytes[at]! ^= 1 << (bit & 7);
  }
  t.pass();
});

t.test('two and a half thousand hostile logs', async (t) => {
  const fates = { read: 0, refused: 0 };
  fc.assert(
    fc.property(hostileLog, (log) => {
      fates[openHostileLog(log)]++;
    }),
    { numRuns: 2500 },
  );
  // A generator of which everything is refused at the door would test nothing.
  t.ok(fates.read > 300 && fates.refused > 300, JSON.stringify(fates));
});
