/** Files with holes against the same files as plain bytes. */
import { closeSync, ftruncateSync, openSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import { readSparse } from '../../harness/attach/read-sparse.js';
import { Content } from '../../harness/model/content.js';
import { FileBytes } from '../../harness/trace/file-bytes.js';
import { PayloadReader, PayloadWriter } from '../../harness/trace/payload.js';
import { UsageError } from '../../harness/verdict/errors.js';

/** Lengths of holes and of data behind them, and the byte that the data is made of. */
const written = fc.array(
  fc.tuple(fc.nat({ max: 9000 }), fc.integer({ min: 1, max: 9000 }), fc.nat({ max: 2 })),
  {
    maxLength: 5,
  },
);

function file(parts: [hole: number, data: number, byte: number][], tail: number): FileBytes {
  let end = 0;
  const ranges = parts.map(([hole, data, byte]) => {
    const offset = end + hole;
    end = offset + data;
    return { offset, bytes: Buffer.alloc(data, byte) };
  });
  return new FileBytes(end + tail, ranges);
}

const plain = (bytes: FileBytes): Buffer => bytes.read(0, bytes.length);
const anyFile = fc.tuple(written, fc.nat({ max: 9000 })).map(([parts, tail]) => file(parts, tail));

t.test('what is asked of it is what plain bytes answer', async (t) => {
  fc.assert(
    fc.property(anyFile, anyFile, fc.nat({ max: 30_000 }), (a, b, at) => {
      const [x, y] = [plain(a), plain(b)];
      const shared = Math.min(x.length, y.length);
      const first = x.subarray(0, shared).findIndex((byte, i) => byte !== y[i]);
      return (
        a.firstDifference(b) === first &&
        a.equals(b) === x.equals(y) &&
        a.equals(FileBytes.of(x)) &&
        plain(a.first(at)).equals(x.subarray(0, at)) &&
        a.read(at, at + 5000).equals(x.subarray(at, at + 5000)) &&
        a.isZeroFrom(at) === x.subarray(at).every((byte) => byte === 0) &&
        Content.of(a).fileBytes().equals(a) &&
        Content.of(a).digest() === Content.of(x).digest() &&
        Buffer.concat([...a.pieces()].map(({ length, bytes }) => bytes ?? Buffer.alloc(length))).equals(x)
      );
    }),
    { numRuns: 300 },
  );
  t.pass();
});

t.test('a payload keeps the data of a file with holes', async (t) => {
  const path = join(t.testdir(), 'payload.bin');
  const writer = new PayloadWriter(path);
  const huge = new FileBytes(2 ** 40, [
    { offset: 4096, bytes: Buffer.from('one') },
    { offset: 2 ** 39, bytes: Buffer.from('two') },
  ]);
  const nothing = new FileBytes(2 ** 40, []);
  const ranges = [huge, nothing, FileBytes.empty].map((each) => writer.add(each));
  writer.close();
  t.equal(statSync(path).size, 6);
  const reader = new PayloadReader(path);
  t.teardown(() => reader.close());
  t.ok(reader.read(ranges[0]!, huge.length).equals(huge));
  t.ok(reader.read(ranges[1]!, nothing.length).equals(nothing));
  t.ok(reader.read(ranges[2]!, 0).equals(FileBytes.empty));
  for (const data of [
    [[0, 9]],
    [
      [9, 3],
      [0, 3],
    ],
    [[2 ** 41, 3]],
  ] as [number, number][][])
    t.throws(() => reader.read({ offset: 0, length: 6, data }, 2 ** 40), UsageError);
});

t.test('a file of 1 TiB is read by its data', async (t) => {
  const path = join(t.testdir(), 'f');
  const fd = openSync(path, 'wx+');
  t.teardown(() => closeSync(fd));
  ftruncateSync(fd, 2 ** 40);
  for (const at of [2 ** 39, 2 ** 39 + 2 ** 18]) writeSync(fd, 'x', at);
  const bytes = readSparse(fd, 2 ** 40);
  t.equal(bytes.length, 2 ** 40);
  t.ok(bytes.ranges.reduce((sum, range) => sum + range.bytes.length, 0) <= 1 << 20);
  t.equal(bytes.firstDifference(new FileBytes(2 ** 40, [])), 2 ** 39);
  t.equal(
    bytes.read(2 ** 39 + 2 ** 18, 2 ** 39 + 2 ** 18 + 1).toString(),
    'x',
    'data behind a hole behind data',
  );
});
