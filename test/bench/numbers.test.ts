import t from 'tap';
import { type Benchmark, repeats, resultOf } from '../../bench/benchmark.js';
import { median } from '../../bench/median.js';
import { contentOf } from '../../bench/ram-disk.js';
import { select } from '../../bench/selection.js';
import { table } from '../../bench/table.js';

const benchmark = (better: 'more' | 'less'): Benchmark => ({
  name: 'some',
  about: '',
  goal: 0.5,
  better,
  measure: async () => ({ value: 1, baseline: 4, unit: 'ms', details: {} }),
});

t.test('median', async (t) => {
  t.equal(median([3, 1, 100]), 3);
  t.equal(median([4, 1, 2, 100]), 3);
  t.throws(() => median([]), RangeError);
});

t.test('a ratio above 1 is always faster than the baseline', async (t) => {
  const measured = { value: 1, baseline: 4, unit: '', details: {} };
  t.equal(resultOf(benchmark('more'), measured).ratio, 0.25);
  t.equal(resultOf(benchmark('less'), measured).ratio, 4);
});

t.test('repeats at least once', async (t) => {
  t.equal(repeats(15, { scale: 0.001 }), 1);
  t.equal(repeats(15, { scale: 2 }), 30);
});

t.test('a word selects a name or the names that begin with it', async (t) => {
  const all = [{ name: 'one' }, { name: 'one_more' }, { name: 'two' }];
  t.same(select(all, []), all);
  t.same(select(all, ['two']), [{ name: 'two' }]);
  t.same(select(all, ['one', 'one_more']), [{ name: 'one' }, { name: 'one_more' }]);
  t.throws(() => select(all, ['three']), { message: /one, one_more, two .*got three/ });
});

t.test('a goal that is missed shows in the table', async (t) => {
  const measured = { value: 1, baseline: 4, unit: 'ms', details: {} };
  t.match(table([resultOf(benchmark('more'), measured)])[1], /0\.250 +0\.5 MISSED/);
  t.match(table([resultOf(benchmark('less'), measured)])[1], /4\.00 +0\.5 met/);
});

t.test('the content of an image leaves zeros out and nothing else', async (t) => {
  const image = Buffer.alloc(300 * 1024);
  image.write('a', 0);
  image.write('z', image.length - 1);
  const content = contentOf({ read: (offset, into) => void image.copy(into, 0, offset) }, image.length);
  t.same(
    content.map(({ offset }) => offset),
    [0, 256 * 1024],
  );
  const copy = Buffer.alloc(image.length);
  for (const { offset, data } of content) data.copy(copy, offset);
  t.ok(copy.equals(image));
});
