import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import {
  indexBlockLog,
  type OpenBlockLogOptions,
  openBlockLog,
} from '../../../harness/trace/block-log/reader.js';
import { memoryLogSource } from '../../../harness/trace/block-log/source.js';
import { BlockLogWriter } from '../../../harness/trace/block-log/writer.js';
import { UsageError } from '../../../harness/verdict/errors.js';
import { logEntries } from './log-entries.js';
import { type ReferenceEntry, referenceLog } from './reference-log.js';

const none = Buffer.alloc(0);
const entry = (parts: Partial<ReferenceEntry> = {}): ReferenceEntry => ({
  sector: 0n,
  sectorCount: 0n,
  flags: 1n,
  text: none,
  payload: none,
  ...parts,
});
const write = (sector: bigint, fill: number): ReferenceEntry =>
  entry({ sector, sectorCount: 1n, flags: 0n, payload: Buffer.alloc(512, fill) });

function open(bytes: Buffer, options: OpenBlockLogOptions = {}) {
  return indexBlockLog(memoryLogSource('a.log', bytes), options);
}

for (const sectorBytes of [512, 4096]) {
  t.test(`gives what the reference wrote, in 512-byte sectors, from a log in ${sectorBytes}`, async () => {
    const factor = sectorBytes / 512;
    fc.assert(
      fc.property(logEntries(sectorBytes), (entries) => {
        const log = open(referenceLog(entries, { sectorBytes }));
        const seen = log.entries.map(({ index, sector, sectorCount, flags, dataBytes, mark, ...rest }) => {
          const payload = Buffer.alloc(dataBytes);
          log.readPayload({ index, sector, sectorCount, flags, dataBytes, ...rest }, 0, payload);
          return { index, sector, sectorCount, flags, mark, payload: payload.toString('hex') };
        });
        const expected = entries.map(({ sector, sectorCount, flags, text, payload }, index) => ({
          index,
          sector: Number(sector) * factor,
          sectorCount: Number(sectorCount) * factor,
          flags: Number(flags),
          mark: flags === 8n ? text.toString() : undefined,
          payload: payload.toString('hex'),
        }));
        return (
          log.sectorBytes === sectorBytes &&
          log.warnings.length === 0 &&
          JSON.stringify(seen) === JSON.stringify(expected)
        );
      }),
    );
  });
}

t.test('a payload is read in parts, and only inside', async (t) => {
  const log = open(referenceLog([write(3n, 1), write(4n, 2), write(5n, 3)]));
  const part = Buffer.alloc(4);
  log.readPayload(log.entries[1]!, 508, part);
  t.same(part, Buffer.alloc(4, 2));
  t.throws(() => log.readPayload(log.entries[1]!, 509, part), RangeError);
  t.throws(() => log.readPayload(log.entries[1]!, -1, part), RangeError);
});

t.test('a count left behind by an unclean stop is read past', async (t) => {
  const entries = [write(1n, 1), entry(), write(2n, 2), entry({ flags: 8n, text: Buffer.from('m') })];
  const stale = referenceLog(entries, { count: 1n });
  const log = open(stale);
  t.equal(log.entries.length, 4);
  t.same(log.warnings, ['a.log: the super block counts 1 entries, 4 are there; all are used']);
  t.same(open(stale, { pastCount: 'ignore' }).entries.length, 1);
  t.same(open(stale, { pastCount: 'ignore' }).warnings, []);
});

t.test('a log copied from a device ends where its entries end', async (t) => {
  const entries = [write(1n, 1), write(2n, 2)];
  const zeroTail = open(Buffer.concat([referenceLog(entries), Buffer.alloc(64 * 1024)]));
  t.same([zeroTail.entries.length, zeroTail.warnings], [2, []]);
  const garbageTail = open(Buffer.concat([referenceLog(entries), Buffer.alloc(64 * 1024, 0xa5)]));
  t.equal(garbageTail.entries.length, 2);
  t.match(garbageTail.warnings, [/entry 2 at byte 2560: past the count .* the log ends here/]);
});

t.test('the dialect of QEMU: no FUA or mark, a count as of the last flush', async (t) => {
  const log = open(
    referenceLog([write(1n, 1), entry(), write(2n, 2), entry({ flags: 4n, sectorCount: 9n })], { count: 2n }),
  );
  t.same(
    log.entries.map(({ flags, sectorCount, dataBytes }) => ({ flags, sectorCount, dataBytes })),
    [
      { flags: 0, sectorCount: 1, dataBytes: 512 },
      { flags: 1, sectorCount: 0, dataBytes: 0 },
      { flags: 0, sectorCount: 1, dataBytes: 512 },
      { flags: 4, sectorCount: 9, dataBytes: 0 },
    ],
  );
});

t.test('kernels that logged DAX stores put the payload’s length into the entry', async (t) => {
  const bytes = referenceLog([write(1n, 1)]);
  bytes.writeBigUInt64LE(512n, 512 + 24);
  t.equal(open(bytes).entries[0]?.dataBytes, 512);
});

t.test('a torn last entry is dropped with a warning, whether or not it was counted', async (t) => {
  const entries = [write(1n, 1), write(2n, 2)];
  for (const count of [0n, 1n, 2n]) {
    const whole = referenceLog(entries, { count });
    // The second entry's header begins at 1536, its payload at 2048.
    for (const [size, warning] of [
      [1537, /entry 1 at byte 1536: torn \(the file ends inside its first sector\)/],
      [2047, /entry 1 at byte 1536: torn/],
      [2048, /entry 1 at byte 1536: torn \(512 bytes of payload from byte 2048, a file of 2048\)/],
      [2559, /entry 1 at byte 1536: torn/],
    ] as const) {
      const log = open(whole.subarray(0, size));
      t.equal(log.entries.length, 1, `count ${count}, ${size} bytes`);
      t.match(log.warnings[0], warning);
    }
  }
  t.match(open(referenceLog(entries).subarray(0, 1536)).warnings, [/counts 2 entries, the last is missing/]);
});

t.test('what is no such log is refused, with place, expectation and finding', async (t) => {
  const two = [write(1n, 1), write(2n, 2)];
  const good = referenceLog(two);
  const cases: [string, Buffer, RegExp, OpenBlockLogOptions?][] = [
    ['nothing', none, /a\.log: super block at byte 0: expected 28 bytes, found a file of 0/],
    ['half a super block', good.subarray(0, 27), /expected 28 bytes, found a file of 27/],
    ['half a sector', good.subarray(0, 511), /expected a whole sector of 512 bytes, found a file of 511/],
    ['magic', referenceLog(two, { magic: 0x1234n }), /expected a dm-log-writes log .*, found 0x1234/],
    ['version', referenceLog(two, { version: 2n }), /expected version 1, found version 2/],
    ['sector size', patched(good, 24, 1000n), /expected a sector size .*, found 1000/],
    [
      'cut in the middle',
      good.subarray(0, 1100),
      /entry 0 at byte 512 of 2: expected 512 bytes of payload from byte 1024, found a file of 1100/,
    ],
    ['count beyond the file', patched(good, 16, 9n), /expected the 9 entries .*, found 2 in 2560 bytes/],
    ['count of 2^64 - 1', patched(good, 16, (1n << 64n) - 1n), /expected the 18446744073709551615 entries/],
    [
      'flags',
      patched(good, 512 + 16, 32n),
      /entry 0 at byte 512 of 2: expected flags within 0x1f, found 0x20/,
    ],
    ['nothing at all', patched(patched(good, 512, 0n), 520, 0n), /expected sectors, a flush or a mark/],
    ['payload of 2^63 bytes', patched(good, 520, 1n << 54n), /expected sectors below byte 2\^53/],
    ['sectors that wrap', patched(good, 512, (1n << 64n) - 1n), /expected sectors below byte 2\^53/],
    [
      'a length that lies',
      patched(good, 512 + 24, 513n),
      /expected a data length of at most 512 bytes, found 513/,
    ],
    ['padding', patched(good, 512 + 32, 7n), /expected zeros from byte 32 .*, found 0x7/],
    ['a mark of sectors', patched(good, 512 + 16, 8n), /expected a mark of no sectors, found 1/],
    [
      'a mark that flushes',
      referenceLog([entry({ flags: 9n }), ...two]),
      /expected a mark to have no other flag/,
    ],
    [
      'a mark too long',
      patched(referenceLog([entry({ flags: 8n }), ...two]), 512 + 24, 481n),
      /at most 480 bytes, found 481/,
    ],
    [
      'beyond the device',
      good,
      /entry 1 .* inside the device of 1024 bytes, found sectors 2 to 3/,
      { deviceBytes: 1024 },
    ],
  ];
  for (const [what, bytes, message, options] of cases) {
    t.throws(() => open(bytes, options), { constructor: UsageError, message }, what);
  }
  t.equal(open(good, { deviceBytes: 1536 }).entries.length, 2);
});

t.test('what cannot be opened as a file', async (t) => {
  const folder = t.testdir();
  t.throws(() => openBlockLog(join(folder, 'none')), { constructor: UsageError, message: /ENOENT/ });
  t.throws(() => openBlockLog(folder), { constructor: UsageError, message: /regular file/ });
  t.throws(() => openBlockLog('/dev/zero'), { constructor: UsageError, message: /regular file/ });
});

t.test('a file that shrinks after it was opened is told, not read as zeros', async (t) => {
  const path = join(t.testdir(), 'a.log');
  writeFileSync(path, referenceLog([write(1n, 1)]));
  const log = openBlockLog(path);
  truncateSync(path, 1100);
  t.throws(() => log.readPayload(log.entries[0]!, 0, Buffer.alloc(512)), {
    constructor: UsageError,
    message: /entry 0: expected 512 bytes of payload from byte 1024, found 76/,
  });
  log.close();
});

t.test('a hundred thousand entries', async (t) => {
  const path = join(t.testdir(), 'a.log');
  const writer = new BlockLogWriter(path);
  const data = Buffer.alloc(512, 1);
  for (let nth = 0; nth < 100_000; nth++) {
    if (nth % 10 === 0) writer.append({ sector: 0, sectorCount: 0, flags: 1 });
    else writer.append({ sector: nth, sectorCount: 1, flags: 0, data });
  }
  writer.close();
  const startedAt = performance.now();
  const log = openBlockLog(path);
  const tookMs = performance.now() - startedAt;
  t.equal(log.entries.length, 100_000);
  // It takes about 0.15 s; a scan that is not linear takes minutes.
  t.ok(tookMs < 20_000, `${tookMs.toFixed(0)} ms`);
  log.close();
});

function patched(log: Buffer, at: number, value: bigint): Buffer {
  const copy = Buffer.from(log);
  if (at === 24) copy.writeUInt32LE(Number(value), at);
  else copy.writeBigUInt64LE(value, at);
  return copy;
}
