import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import { openBlockLog } from '../../../harness/trace/block-log/reader.js';
import { BlockLogWriter } from '../../../harness/trace/block-log/writer.js';
import { logEntries } from './log-entries.js';
import { parseReferenceLog, referenceLog } from './reference-log.js';

for (const sectorBytes of [512, 4096]) {
  t.test(`the file is byte for byte the one of the reference, in sectors of ${sectorBytes}`, async (t) => {
    const path = join(t.testdir(), 'log');
    const factor = sectorBytes / 512;
    fc.assert(
      fc.property(logEntries(sectorBytes), fc.integer({ min: 1, max: 12 }), (entries, syncEvery) => {
        const writer = new BlockLogWriter(path, { sectorBytes });
        for (const [nth, { sector, sectorCount, flags, text, payload }] of entries.entries()) {
          const index =
            flags === 8n
              ? writer.mark(text.toString())
              : writer.append({
                  sector: Number(sector) * factor,
                  sectorCount: Number(sectorCount) * factor,
                  flags: Number(flags),
                  // Zeros may be left out, and are a hole then.
                  ...(payload.some((byte) => byte !== 0) && { data: payload }),
                });
          if (index !== nth) throw new Error(`entry ${nth} got index ${index}`);
          if (nth % syncEvery === 0) writer.sync();
        }
        writer.close();
        return (
          writer.entryCount === entries.length &&
          readFileSync(path).equals(referenceLog(entries, { sectorBytes }))
        );
      }),
    );
  });
}

t.test('large payloads and buffers full of small ones keep their order', async (t) => {
  const path = join(t.testdir(), 'log');
  const writer = new BlockLogWriter(path);
  const sizes = [1, 600, 1, 127, 128, 129, 255, 256, 3, 1024, 2];
  const payload = (nth: number): Buffer => Buffer.alloc(sizes[nth % sizes.length]! * 512, nth + 1);
  for (let nth = 0; nth < 50; nth++) {
    const data = payload(nth);
    writer.append({ sector: nth, sectorCount: data.length / 512, flags: 0, data });
    data.fill(0xee);
  }
  writer.close();
  for (const [nth, entry] of parseReferenceLog(readFileSync(path), 50).entries()) {
    t.equal(entry.sector, BigInt(nth));
    t.ok(entry.payload.equals(payload(nth)), `entry ${nth}`);
  }
});

t.test('zeros without data take no room', async (t) => {
  const path = join(t.testdir(), 'log');
  const writer = new BlockLogWriter(path);
  writer.append({ sector: 0, sectorCount: 128 * 2048, flags: 0 });
  writer.close();
  t.equal(statSync(path).size, 1024 + 128 * 1024 * 1024);
  t.ok(statSync(path).blocks * 512 < 1024 * 1024);
});

t.test('what is synced outlives the writer, its count included', async (t) => {
  const path = join(t.testdir(), 'log');
  const writer = new BlockLogWriter(path);
  t.same(openBlockLog(path).entries, []);
  writer.append({ sector: 1, sectorCount: 1, flags: 0, data: Buffer.alloc(512) });
  writer.append({ sector: 2, sectorCount: 1, flags: 0 });
  writer.sync();
  writer.mark('still in the buffer');
  const log = openBlockLog(path);
  t.same([log.entries.length, log.warnings], [2, []]);
  log.close();
  writer.close();
  writer.close();
  t.throws(() => writer.mark('too late'), /closed/);
});

t.test('a mark longer than its sector is cut at a character', async (t) => {
  const path = join(t.testdir(), 'log');
  const writer = new BlockLogWriter(path);
  writer.mark('x'.repeat(479));
  writer.mark('x'.repeat(480));
  writer.mark(`x${'é'.repeat(300)}`);
  writer.mark('');
  writer.close();
  t.same(
    openBlockLog(path).entries.map((entry) => entry.mark),
    ['x'.repeat(479), 'x'.repeat(479), `x${'é'.repeat(239)}`, ''],
  );
});

t.test('what no log can hold is the caller’s mistake, and leaves the log as it was', async (t) => {
  const path = join(t.testdir(), 'log');
  t.throws(() => new BlockLogWriter(path, { sectorBytes: 1000 }), RangeError);
  const writer = new BlockLogWriter(path, { sectorBytes: 4096 });
  t.throws(() => writer.append({ sector: 1, sectorCount: 8, flags: 0 }), /no whole sectors of 4096/);
  t.throws(() => writer.append({ sector: 8, sectorCount: 1, flags: 0 }), /no whole sectors of 4096/);
  t.throws(() => writer.append({ sector: 0, sectorCount: 0, flags: 8 }), /mark\(\)/);
  t.throws(
    () => writer.append({ sector: 0, sectorCount: 8, flags: 0, data: Buffer.alloc(512) }),
    /came with 512/,
  );
  writer.append({ sector: 8, sectorCount: 8, flags: 4 });
  writer.close();
  t.match(openBlockLog(path).entries, [{ index: 0, sector: 8, sectorCount: 8, flags: 4 }]);
});

t.test('once a write has failed every call fails, and the log has no gap', async (t) => {
  const path = join(t.testdir(), 'log');
  const writerModule = new URL('../../../harness/trace/block-log/writer.js', import.meta.url);
  const program = `
    const { BlockLogWriter } = await import(${JSON.stringify(writerModule)});
    const writer = new BlockLogWriter(${JSON.stringify(path)});
    const errors = [];
    for (const sectorCount of [1, 200, 1, 1]) {
      try {
        writer.append({ sector: 0, sectorCount, flags: 0, data: Buffer.alloc(sectorCount * 512, 1) });
      } catch (error) {
        errors.push(error.code);
      }
    }
    writer.close();
    console.log(errors.join());`;
  // A limit of 32 KiB on the size of files stands for a full disk; 100 KiB do not fit.
  const shell = 'ulimit -f 32; exec "$0" --input-type=module -e "$1"';
  const output = execFileSync('bash', ['-c', shell, process.execPath, program], { encoding: 'utf8' });
  t.equal(output.trim(), 'EFBIG,EFBIG,EFBIG');
  const log = openBlockLog(path);
  t.same(
    log.entries.map((entry) => entry.sectorCount),
    [1],
  );
  t.match(log.warnings, [/entry 1 .*torn/]);
});
