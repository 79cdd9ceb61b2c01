import fc from 'fast-check';
import t from 'tap';
import { FrameCollector } from '../../../harness/disk/nbd/frame-collector.js';

t.test('frames are the same however the stream is cut into chunks', async (t) => {
  const sizes = fc.array(fc.nat({ max: 40 }), { minLength: 1, maxLength: 20 });
  const cuts = fc.array(fc.nat({ max: 800 }), { maxLength: 30 });
  fc.assert(
    fc.property(sizes, cuts, (sizes, cuts) => {
      const total = sizes.reduce((sum, size) => sum + size, 0);
      const stream = Buffer.from(Array.from({ length: total }, (_, at) => at & 0xff));
      const bounds = [...new Set([...cuts.filter((cut) => cut < total), total])].sort((a, b) => a - b);

      const frames: Buffer[] = [];
      const collector = new FrameCollector(sizes[0]!);
      let start = 0;
      for (const end of bounds) {
        // A copy a chunk: a frame must not depend on a neighbour's memory.
        const chunk = Buffer.from(stream.subarray(start, end));
        let at = 0;
        for (;;) {
          at = collector.take(chunk, at);
          if (!collector.frame) break;
          frames.push(Buffer.from(collector.frame));
          if (frames.length === sizes.length) break;
          collector.expect(sizes[frames.length]!);
        }
        start = end;
      }

      const ends = sizes.map((_, nth) => sizes.slice(0, nth + 1).reduce((sum, size) => sum + size, 0));
      const expected = ends.map((end, nth) => stream.subarray(end - sizes[nth]!, end).toString('hex'));
      return t.same(
        frames.map((frame) => frame.toString('hex')),
        expected,
      );
    }),
  );
});

t.test('a frame inside one chunk is a view of it', async (t) => {
  const collector = new FrameCollector(3);
  const chunk = Buffer.from('abcdef');
  t.equal(collector.take(chunk, 1), 4);
  t.equal(collector.frame?.toString(), 'bcd');
  t.equal(collector.frame?.buffer, chunk.buffer);
});

t.test('a frame handed out survives the assembly of the next', async (t) => {
  const collector = new FrameCollector(4);
  collector.take(Buffer.from('ab'), 0);
  collector.take(Buffer.from('cd'), 0);
  const first = collector.frame!;
  collector.expect(4);
  collector.take(Buffer.from('xyz'), 0);
  t.equal(first.toString(), 'abcd');
});
