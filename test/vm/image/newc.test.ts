import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import t from 'tap';
import { newcArchive } from '../../../vm/image/newc.js';
import { readNewc } from './newc-entries.js';

t.test('folders, files and devices are as Linux reads them', async (t) => {
  const entries = readNewc(
    newcArchive([
      { path: 'dev', type: 'folder' },
      { path: 'dev/console', type: 'character device', major: 5, minor: 1 },
      { path: 'init', type: 'file', content: Buffer.from('#!/bin/sh\n'), executable: true },
      { path: 'data', type: 'file', content: Buffer.from('abc') },
    ]),
  );
  t.same(
    entries.map(({ path, mode, content, device }) => [path, mode.toString(8), `${content}`, device]),
    [
      ['dev', '40755', '', [0, 0]],
      ['dev/console', '20600', '', [5, 1]],
      ['init', '100755', '#!/bin/sh\n', [0, 0]],
      ['data', '100644', 'abc', [0, 0]],
    ],
  );
});

t.test('archives one after the other are one, whatever the lengths of names and contents', async () => {
  const file = fc.record({ path: fc.stringMatching(/^[a-z]{1,9}$/), bytes: fc.nat(9) });
  fc.assert(
    fc.property(fc.array(file), fc.array(file), (one, other) => {
      const archive = (files: typeof one) =>
        newcArchive(
          files.map(({ path, bytes }) => ({ path, type: 'file', content: Buffer.alloc(bytes, 'x') })),
        );
      const joined = Buffer.concat([archive(one), archive(other)]);
      const found = readNewc(joined).map(({ path, content }) => ({ path, bytes: content.length }));
      return JSON.stringify(found) === JSON.stringify([...one, ...other]);
    }),
  );
});

t.test('the same entries give the same bytes', async (t) => {
  const content = randomBytes(5000);
  const archive = () => newcArchive([{ path: 'file', type: 'file', content }]);
  t.ok(archive().equals(archive()));
});
