import fc from 'fast-check';
import t from 'tap';
import { LongLines } from '../../../harness/capture/long-lines.js';
import { AckLines } from '../../../harness/disk/recording/ack-lines.js';
import { longestLineBytes } from '../../../harness/trace/said.js';

t.test('the first group, or all that matched; lines that do not match are none', async (t) => {
  t.same(new AckLines({ ack: '^saved (.*)$' }).push(Buffer.from('saved a\nnot saved b\nsaved \n')), [
    'a',
    '',
  ]);
  t.same(new AckLines({ ack: 'saved.*' }).push(Buffer.from('x saved a\n')), ['saved a']);
  t.same(
    new AckLines({ ack: '^a|b$' }).push(Buffer.from('ab\r\nxb\r\nxbx\n')),
    ['a', 'b'],
    'a carriage return is not of the line',
  );
});

t.test('however the bytes are cut', async (t) => {
  const text = fc.array(fc.string({ unit: 'grapheme', maxLength: 6 }), { maxLength: 8 });
  const property = fc.property(text, fc.array(fc.nat({ max: 9 })), (words, cuts) => {
    const lines = words.map((word) => `ack ${word.replace(/[\r\n\u2028\u2029\ufeff]/g, '')}`);
    const bytes = Buffer.from(`${lines.join('\n')}\nack unfinished`);
    const acks = new AckLines({ ack: '^ack (.*)$' });
    const found: string[] = [];
    let done = 0;
    for (const cut of [...cuts, bytes.length]) {
      found.push(...acks.push(bytes.subarray(done, done + cut)));
      done += cut;
    }
    found.push(...acks.end(), ...acks.end());
    const expected = words.length ? [...lines.map((line) => line.slice(4)), 'unfinished'] : ['unfinished'];
    // Without words the text begins with an empty line.
    if (JSON.stringify(found) !== JSON.stringify(expected))
      throw new Error(`${JSON.stringify(found)} of ${JSON.stringify(lines)}`);
  });
  fc.assert(property, { numRuns: 300 });
  t.pass();
});

t.test('what stands behind the last newline is a line once nothing more comes', async (t) => {
  const acks = new AckLines({ ack: '^(ack.*|)$' });
  t.same(acks.push(Buffer.from('ack a\nack b\r')), ['ack a']);
  t.same(acks.end(), ['ack b']);
  t.same(acks.end(), [], 'and counts once');
  t.same(acks.push(Buffer.from('ack c\n')), ['ack c']);
  t.same(acks.end(), [], 'nothing is no line, whatever the pattern takes');
});

t.test(
  'of a line that is too long its beginning is read, and whether an ack may be behind it is told',
  async (t) => {
    const long = Buffer.alloc(longestLineBytes + 10, 'x');
    const last = Buffer.from('\nack b\n');
    const told = (ack: string, first: string): [string[], boolean] => {
      const acks = new AckLines({ ack });
      const parts = [Buffer.from(first), ...Array<Buffer>(3).fill(long), last];
      const printed = new LongLines({ ack });
      for (const part of parts) printed.push(part);
      const said = parts.flatMap((part) => acks.push(part)).map((text) => text.slice(0, 5));
      return [said, printed.doubt() !== null];
    };
    t.same(told('^ack (.*)$', ''), [['b'], false], 'it does not begin as acks do');
    t.same(told('^ack (.*)$', 'ack '), [['xxxxx', 'b'], false], 'it is one');
    t.same(told('^ack (.*)y$', 'ack '), [[], true], 'its end would tell');
    t.same(told('ack (.*)$', ''), [['b'], true], 'one could stand in it');
    t.same(told('^z|ack (.*)$', ''), [['b'], true]);
    t.same(told('^a*ck (.*)$', ''), [['b'], true], 'the words need not be there');
  },
);
