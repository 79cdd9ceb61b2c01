/** What a crash may leave of names: renames that are one change, in whatever folder, and the order a journal keeps. */
import t from 'tap';
import { type Allowed, AllowedStates } from '../../../harness/model/allowed/allowed-states.js';
import type { DirectoryTree } from '../../../harness/model/directory-tree.js';
import { persistenceModel } from '../../../harness/model/model-catalogue.js';
import {
  create,
  pwrite,
  rename,
  replayWritten,
  sync,
  unlink,
  write,
  writtenTree,
} from '../../contract/written-trace.js';

const files = { d: null, e: null, 'd/a': 'one', 'e/b': 'two' };

function verdict(
  model: string,
  calls: readonly string[],
  found: DirectoryTree,
  before: Record<string, string | null> = files,
): Allowed {
  return new AllowedStates(replayWritten(calls, before), persistenceModel(model)).allows(found);
}

t.test('a rename from one folder to another is there as a whole or not at all', async (t) => {
  const calls = [rename('d/a', 'e/c')];
  const whole = { d: null, e: null, 'e/b': 'two' };
  for (const model of ['posix', 'btrfs', 'xfs', 'linux-ext4-ordered']) {
    t.ok(verdict(model, calls, writtenTree(files)).allowed, `${model}: not at all`);
    t.ok(verdict(model, calls, writtenTree({ ...whole, 'e/c': 'one' })).allowed, `${model}: whole`);
    const both = verdict(model, calls, writtenTree({ ...files, 'e/c': 'one' }));
    t.equal(both.allowed, model === 'btrfs', `${model}: both, which btrfs may leave`);
    t.match(verdict(model, calls, writtenTree(whole)), { allowed: false }, `${model}: neither`);
  }
  t.ok(
    verdict('ext2', calls, writtenTree({ ...files, 'e/c': 'one' })).allowed,
    'ext2 promises no such thing',
  );
});

t.test('a rename over a name, an exchange, and a renamed folder', async (t) => {
  const over = [rename('d/a', 'e/b')];
  t.ok(verdict('posix', over, writtenTree({ d: null, e: null, 'e/b': 'one' })).allowed);
  const half = verdict('posix', over, writtenTree({ ...files, 'e/b': 'one' }));
  t.match(half, { allowed: false, path: /^(d\/a|e\/b)$/, reason: /half of a rename/ });
  t.match(verdict('btrfs', over, writtenTree({ d: null, e: null, 'e/b': 'two' })), { allowed: false });

  const exchange = ['renameat2(AT_FDCWD</w>, "d/a", AT_FDCWD</w>, "e/b", RENAME_EXCHANGE) = 0'];
  const exchanged = { ...files, 'd/a': 'two', 'e/b': 'one' };
  t.ok(verdict('btrfs', exchange, writtenTree(exchanged)).allowed);
  t.match(verdict('btrfs', exchange, writtenTree({ ...exchanged, 'e/b': 'two' })), { allowed: false });

  const folder = [rename('d', 'f')];
  t.ok(verdict('btrfs', folder, writtenTree({ f: null, 'f/a': 'one', e: null, 'e/b': 'two' })).allowed);
  t.match(verdict('posix', folder, writtenTree({ ...files, f: null, 'f/a': 'one' })), { allowed: false });
});

t.test('names that were taken again: what came between is open, and contradictions are not', async (t) => {
  const calls = [rename('d/a', 'e/c'), create('d/a'), write('d/a', 'new')];
  const both = writtenTree({ ...files, 'd/a': 'new', 'e/c': 'one' });
  for (const model of ['posix', 'btrfs', 'xfs']) t.ok(verdict(model, calls, both).allowed, model);
  const lost = writtenTree({ d: null, e: null, 'e/b': 'two', 'd/a': 'new' });
  t.match(verdict('xfs', calls, lost), { allowed: false }, 'in order, the rename comes before the new file');
  t.ok(verdict('btrfs', [...calls, unlink('e/c')], lost).allowed, 'unless it is gone again');
});

t.test('a journal keeps the order of names', async (t) => {
  const calls = [create('a'), unlink('e/b')];
  const newer = writtenTree({ d: null, e: null, 'd/a': 'one' });
  t.match(verdict('xfs', calls, newer), { allowed: false, reason: /keeps their order/ });
  t.ok(verdict('btrfs', calls, newer).allowed);
});

t.test('without a journal a name may lead to anything until all about its file is durable', async (t) => {
  const calls = [create('a'), write('a', 'new')];
  const strange = writtenTree({ ...files, a: 'somebody else' });
  t.match(verdict('xfs', calls, strange), { allowed: false, path: 'a' });
  t.ok(verdict('ext2', calls, strange).allowed);
  t.match(verdict('ext2', [...calls, sync('a'), 'sync() = 0'], strange), { allowed: false, path: 'a' });
});

t.test('what cannot be read is allowed only where nothing keeps it together', async (t) => {
  const history = replayWritten([create('a'), write('a', 'new')], files);
  const tree = writtenTree({ ...files, a: '' });
  const unreadable = new Map([['a', 'EUCLEAN']]);
  const allows = (model: string): Allowed =>
    new AllowedStates(history, persistenceModel(model)).allows(tree, { unreadable });
  t.ok(allows('ext2').allowed);
  t.match(allows('xfs'), { allowed: false, path: 'a', reason: 'cannot be read (EUCLEAN)' });
});

t.test(
  'an fsync takes along the names changed before its file did, and overwriting is no such change',
  async (t) => {
    const before = { ...files, a: 'hello' };
    const unmoved = writtenTree({ ...before, a: 'jello' });
    const opened = create('a', 3, 'O_WRONLY');
    for (const model of ['linux-ext4-ordered', 'xfs']) {
      const overwritten = [rename('d/a', 'e/c'), opened, pwrite('a', 'j', 0), sync('a')];
      t.ok(verdict(model, overwritten, unmoved, before).allowed, model);
      const longer = [rename('d/a', 'e/c'), opened, pwrite('a', 'jello!', 0), sync('a')];
      const found = writtenTree({ ...before, a: 'jello!' });
      t.match(verdict(model, longer, found, before), { allowed: false }, `${model}: a new size is`);
    }
  },
);

t.test('an fsync of a file that lost its name to another one does nothing for that name', async (t) => {
  const calls = [create('c'), write('c', 'new'), rename('d/a', 'c'), sync('c')];
  t.ok(verdict('btrfs', calls, writtenTree(files)).allowed);
  const kept = [create('c'), write('c', 'new'), sync('c')];
  t.match(verdict('btrfs', kept, writtenTree(files)), { allowed: false, path: 'c' }, 'one that has it');
});

t.test(
  'an fsync of a file without a name: nothing on btrfs, and the file may come back as it was',
  async (t) => {
    const before = { ...files, g: 'other' };
    const opened = create('d/a', 3, 'O_WRONLY');
    const calls = [opened, write('d/a', 'ONE'), rename('g', 'd/a'), sync('d/a')];
    t.ok(verdict('btrfs', calls, writtenTree(before), before).allowed);
    t.match(verdict('xfs', calls, writtenTree(before), before), { allowed: false });
    const named = [opened, write('d/a', 'ONE'), sync('d/a')];
    t.match(verdict('btrfs', named, writtenTree(before), before), { allowed: false, path: 'd/a' });
  },
);
