/** A sync call is superfluous if every promise can miss it, also those that the run did not ask for. */
import t from 'tap';
import {
  ack,
  close,
  create,
  directorySynced,
  judgeWritten,
  rename,
  sync,
  type WrittenOptions,
  write,
} from './written-trace.js';

const superfluous = (calls: readonly string[], options: WrittenOptions = {}): string[] =>
  judgeWritten(calls, options).explanations[0]!.superfluous;
const files = { f: 'old' };

t.test('of two syncs around a rename the second could go, not the one that protects the name', async (t) => {
  const calls = [
    create('t'),
    write('t', 'newer'),
    sync('t'),
    rename('t', 'f'),
    sync('f'),
    ...directorySynced(),
    ack(),
  ];
  t.strictSame(superfluous(calls, { files }), ['fsync(f)']);
  t.strictSame(superfluous(calls, { files, promises: { snapshot: true, atomic: ['f'] } }), ['fsync(f)']);
});

t.test('where something cannot be seen nothing is called superfluous', async (t) => {
  const calls = [
    create('a'),
    write('a', 'x'),
    sync('a'),
    sync('a', 'fdatasync'),
    ...directorySynced(),
    ack(),
  ];
  t.strictSame(superfluous(calls), ['fsync(a)']);
  const map = 'mmap(NULL, 4096, PROT_READ|PROT_WRITE, MAP_SHARED, 3</w/f>, 0) = 0x7f0000000000';
  const mapped = [create('f', 3, 'O_RDWR'), map, 'msync(0x7f0000000000, 4096, MS_SYNC) = 0', close(), ack()];
  t.strictSame(superfluous(mapped, { files }), []);
  t.strictSame(superfluous([...calls, 'frobnicate(7) = 0', ack('more')]), [], 'a call nobody knows');
  t.strictSame(superfluous([...calls, 'strange line']), [], 'a line that is not understood');
});
