import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import t from 'tap';
import { findTestFiles } from './find-files.js';
import { longest } from './longest.js';

t.test('finds test files, keeps the serial ones apart, and filters by path', async (t) => {
  const folder = t.testdir({
    'require.js': '',
    explore: { 'lazy.test.js': '', 'lazy.test.js.map': '', 'kill.serial.test.js': '' },
    disk: { 'nbd.test.js': '' },
  });
  const find = (...words: string[]) => {
    const { parallel, serial } = findTestFiles(folder, words);
    return [parallel, serial].map((files) => files.map((file) => relative(folder, file)));
  };
  t.same(find(), [['disk/nbd.test.js', 'explore/lazy.test.js'], ['explore/kill.serial.test.js']]);
  t.same(find('explore'), [['explore/lazy.test.js'], ['explore/kill.serial.test.js']]);
  t.same(find('nbd', 'kill'), [['disk/nbd.test.js'], ['explore/kill.serial.test.js']]);
  t.same(find('./test/explore/lazy.test.ts'), [['explore/lazy.test.js'], []]);
  t.same(find('nothing'), [[], []]);
});

t.test('what is said to take longest is there, and comes first', async (t) => {
  const built = join(import.meta.dirname, '..');
  t.same(
    longest.filter((name) => !existsSync(join(built, `${name}.test.js`))),
    [],
  );
  const { parallel } = findTestFiles(built, []);
  t.same(
    parallel.slice(0, longest.length),
    longest.map((name) => join(built, `${name}.test.js`)),
  );
});
