/** How much is looked at is counted: two lanes see as much, whichever machine is the slower. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { TreeLook } from '../../harness/explore/lane/tree-look.js';
import type { SeenNode } from '../../harness/explore/recovered-trees.js';

const limits = { names: 100, entries: 40, bytes: 2 ** 20, empties: false };

function looked(t: { teardown(undo: () => void): void }, nodes: SeenNode[] | null, more = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'plugpull-look-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const look = new TreeLook(
    folder,
    { ...limits, ...more },
    () => nodes,
    () => null,
  );
  let seen = 0;
  for (let times = 0; times < 50; times++) if (look.look(folder).tree !== null) seen++;
  return seen;
}

const directory = (file: number): SeenNode => ({ path: `d${file}`, kind: 'directory', file });
const many = Array.from({ length: 15 }, (_, file) => directory(file));

t.test('names end it, each look counts as some, and bytes count as names', async (t) => {
  t.equal(looked(t, [directory(0)]), 10, '11 each');
  t.equal(looked(t, many), 4, '25 each');
  t.equal(looked(t, many, { empties: true }), 3, '40 each: what is emptied is visited again');
  t.equal(looked(t, [{ ...directory(0), kind: 'file', size: 14 * 65_536 }]), 4, '25 each');
  t.equal(
    looked(t, [{ ...directory(0), kind: 'file', size: 2 ** 50 }]),
    4,
    '27 each: of a long one holes are not read',
  );
  t.equal(looked(t, null), 0, 'one that is too large is never seen');
});
