import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { isWithin } from '../../../vm/place/folder-size.js';

t.test('counts what is below, bytes of files, and follows no link', async (t) => {
  const folder = t.testdir({ a: '12345', deep: { er: { b: '12345' } } });
  t.ok(isWithin(folder, { entries: 4, bytes: 10 }));
  t.notOk(isWithin(folder, { entries: 3, bytes: 10 }));
  t.notOk(isWithin(folder, { entries: 4, bytes: 9 }));
  t.ok(isWithin(folder, { entries: 1, bytes: 5 }, ['deep']));
  t.notOk(isWithin(folder, { entries: 3, bytes: 10 }, ['er']), 'only in the folder itself');
  symlinkSync('/usr', join(folder, 'link'));
  t.ok(isWithin(folder, { entries: 5, bytes: 10 }));
  mkdirSync(join(folder, 'empty'));
  t.ok(isWithin(folder, { entries: 6, bytes: 10 }));
});

t.test('sparse files count by their size: packing reads all of it', async (t) => {
  const folder = t.testdir({});
  writeFileSync(join(folder, 'disk.img'), '');
  truncateSync(join(folder, 'disk.img'), 2 ** 30);
  t.notOk(isWithin(folder, { entries: 10, bytes: 2 ** 29 }));
});
