/** What the page works out for itself: fates of writes at a crash point, and differences between files. */
import t from 'tap';
import type { Scene, SceneEvent } from '../../harness/verdict/scene.js';
import { hexRows, markedLines } from '../../reports/html/page/diff.js';
import { epochsOf, fatesAt } from '../../reports/html/page/fates.js';

function write(
  index: number,
  rest: Partial<Extract<SceneEvent, { kind: 'write' | 'discard' }>> = {},
): SceneEvent {
  return {
    kind: 'write',
    index,
    sector: 8 * index,
    bytes: 4096,
    fua: false,
    part: 'data',
    owner: 'f',
    ...rest,
  };
}

const scene: Scene = {
  schema: 'plugpull.scene/1',
  finding: 'F1',
  events: [
    write(0),
    { kind: 'flush', index: 1 },
    write(2, { lost: 'whole' }),
    write(3, { fua: true }),
    write(4, { lost: 'part' }),
    write(5),
    { kind: 'ack', text: 'saved' },
    write(6, { fua: true }),
    { kind: 'flush', index: 7 },
  ],
  left_out: { before: 0, after: 0 },
  points: [
    { at: 1, reason: 'flush', acks: 0 },
    { at: 7, reason: 'ack', acks: 1 },
    { at: 8, reason: 'fua', acks: 1, open: [7] },
    { at: 9, reason: 'end', acks: 1 },
  ],
  cut: 1,
  files: null,
};

t.test('a write is durable by a flush behind it or by FUA, else the crash decides', async (t) => {
  t.same(fatesAt(scene, 1), [
    ...['durable', null, 'lost', 'durable', 'torn', 'survives', null, 'later', null],
  ]);
});

t.test('at other crash points nothing is decided; a FUA write on its way is pending', async (t) => {
  t.same(fatesAt(scene, 0), ['pending', null, 'later', 'later', 'later', 'later', null, 'later', null]);
  t.same(fatesAt(scene, 2), [
    'durable',
    null,
    'pending',
    'durable',
    'pending',
    'pending',
    null,
    'pending',
    null,
  ]);
  t.same(fatesAt(scene, 3), [
    'durable',
    null,
    'durable',
    'durable',
    'durable',
    'durable',
    null,
    'durable',
    null,
  ]);
});

t.test('an epoch ends with its flush', async (t) => {
  t.same(epochsOf(scene), [0, 0, 1, 1, 1, 1, 1, 1, 1]);
});

t.test('lines that the other file has not, in its order; long runs are counted', async (t) => {
  const marked = (a: string, b: string | null): string[] =>
    markedLines(Buffer.from(a), b === null ? null : Buffer.from(b)).map(
      ({ text, differs }) => `${differs ? '!' : ' '}${text}`,
    );
  t.same(marked('a\nb\nc\n', 'a\nc\n'), [' a', '!b', ' c']);
  t.same(marked('a\n', null), [' a']);
  t.same(marked('\0'.repeat(20), 'x'), ['!\\x00 ×20']);
  t.same(marked('\u001b[31m', ''), ['!\\e[31m']);
  t.same(marked('', 'x'), []);
});

t.test('bytes that differ, and those beyond the other’s end', async (t) => {
  const [row] = hexRows(Buffer.from('abc'), Buffer.from('aX'), 32);
  t.equal(row!.offset, '000020');
  t.same(
    row!.cells.map(({ differs }) => differs),
    [false, true, true],
  );
  t.equal(row!.text, 'abc');
});
