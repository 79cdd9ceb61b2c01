/** Emptying a recovered tree: everything goes, and what cannot go is named. */

import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { mount, unmount } from '../../harness/attach/libc.js';
import { emptyTree } from '../../harness/explore/lane/tree-emptying.js';
import { requires } from '../require.js';

function filled(): string {
  const root = mkdtempSync(join(tmpdir(), 'plugpull-emptying-'));
  mkdirSync(join(root, 'lost+found'));
  mkdirSync(join(root, 'a/b'), { recursive: true });
  writeFileSync(join(root, 'a/b/f'), 'x');
  writeFileSync(Buffer.concat([Buffer.from(`${root}/a/`), Buffer.from([0xff])]), 'no UTF-8');
  symlinkSync('..', join(root, 'a/link'));
  return root;
}

t.test('all but lost+found goes', async (t) => {
  const root = filled();
  t.teardown(() => rmSync(root, { recursive: true }));
  t.equal(emptyTree(root), null);
  t.strictSame(readdirSync(root), ['lost+found']);
});

t.test('what is in the way is named', async (t) => {
  if (!requires(t, { root: true })) return;
  const root = filled();
  const busy = join(root, 'a/b');
  mount('none', busy, 'tmpfs', 0, '');
  t.teardown(() => {
    unmount(busy);
    rmSync(root, { recursive: true });
  });
  t.strictSame(emptyTree(root), { path: 'a/b', error: 'EBUSY' });
});
