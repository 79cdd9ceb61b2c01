/** What is told below a finding counts names, not the ways in which they are broken: those hang on when the disk was written. */
import t from 'tap';
import { listLosses } from '../../harness/verdict/lost-list.js';

const names = Array.from({ length: 12 }, (_, n) => `f${n}`);

t.test('twelve names, some broken in two ways: eight are told, four counted', async (t) => {
  const losses = names.flatMap((path, n) => [
    { path, lines: [`${path} is missing`] },
    ...(n % 3 === 0 ? [{ path, lines: [`${path} is empty`, `${path} is missing`] }] : []),
  ]);
  const listed = listLosses(losses);
  t.equal(listed.at(-1), 'and 4 more like these');
  t.same(listed.slice(0, 3), ['f0 is missing', 'f0 is empty', 'f1 is missing']);
  t.equal(listed.length, 8 + 3 + 1);
});

t.test('what fits is told in full', async (t) => {
  const listed = listLosses(names.slice(0, 8).map((path) => ({ path, lines: [`${path} is missing`] })));
  t.equal(listed.length, 8);
  t.notMatch(listed.join('\n'), /more like these/);
});

t.test("a checker's words are about no name: each counts for itself, equal ones once", async (t) => {
  const words = ['a is gone', 'b is gone', 'a is gone'];
  t.same(listLosses(words.map((line) => ({ path: null, lines: [line] }))), ['a is gone', 'b is gone']);
});
