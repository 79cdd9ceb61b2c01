import fc from 'fast-check';
import t from 'tap';
import { Content } from '../../harness/model/content.js';

const size = 3 * 4096;

const change = fc.oneof(
  fc.record({
    kind: fc.constant('write' as const),
    at: fc.nat(size),
    bytes: fc.uint8Array({ maxLength: 6000 }),
  }),
  fc.record({ kind: fc.constant('zero' as const), at: fc.nat(size), length: fc.nat(size) }),
  fc.record({ kind: fc.constant('truncate' as const), to: fc.nat(size) }),
  fc.constant({ kind: 'clone' as const }),
);

t.test('a sparse content is a plain buffer with an end', async (t) => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 12 }), (changes) => {
      let content = new Content();
      let plain = Buffer.alloc(0);
      const earlier: [Content, Buffer][] = [];
      for (const each of changes) {
        if (each.kind === 'write') {
          const end = Math.max(plain.length, each.at + each.bytes.length);
          plain = Buffer.concat([plain, Buffer.alloc(end - plain.length)]);
          plain.set(each.bytes, each.at);
          content.write(each.at, each.bytes);
          content.resize(end);
        } else if (each.kind === 'zero') {
          plain = Buffer.from(plain);
          plain.fill(0, Math.min(each.at, plain.length), Math.min(each.at + each.length, plain.length));
          content.zero(each.at, each.length);
        } else if (each.kind === 'truncate') {
          plain = Buffer.concat([
            plain.subarray(0, each.to),
            Buffer.alloc(Math.max(0, each.to - plain.length)),
          ]);
          content.truncate(each.to);
        } else {
          earlier.push([content, Buffer.from(plain)]);
          content = content.clone();
        }
      }
      earlier.push([content, plain]);
      for (const [kept, expected] of earlier) {
        if (!kept.bytes().equals(expected)) return false;
        if (kept.digest() !== Content.of(expected).digest()) return false;
        if (kept.firstDifference(Content.of(expected)) !== -1) return false;
        const first = expected.findIndex((byte) => byte !== 0);
        if ((kept.nonZeroRange(0, expected.length)?.from ?? -1) !== first) return false;
      }
      return true;
    }),
    { numRuns: 300 },
  );
  t.pass();
});

t.test('the first difference is found in bytes and in the end', async (t) => {
  const one = Content.of(Buffer.from('hello'));
  t.equal(one.firstDifference(Content.of(Buffer.from('hellO'))), 4);
  t.equal(one.firstDifference(Content.of(Buffer.from('hello!'))), 5);
  t.equal(one.firstDifference(Content.of(Buffer.from('hello'))), -1);
});
