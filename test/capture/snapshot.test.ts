/** Snapshots of a real folder: complete, and cheap where nothing changed. */
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  linkSync,
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import t from 'tap';
import { SnapshotTaker, type Tree } from '../../harness/capture/snapshot.js';
import type { FileBytes } from '../../harness/trace/file-bytes.js';
import { PayloadReader, PayloadWriter } from '../../harness/trace/payload.js';

interface Files {
  [name: string]: string | Files;
}

/** Counts the contents that are handed over: each is a file that was read. */
class CountingPayload extends PayloadWriter {
  reads = 0;
  override add(content: FileBytes) {
    this.reads++;
    return super.add(content);
  }
}

function folder(t: { testdir(fixture: Files): string; teardown(undo: () => void): void }, files: Files) {
  const top = t.testdir({ root: files, payload: {} });
  const payload = new CountingPayload(join(top, 'payload', 'payload.bin'));
  t.teardown(() => payload.close());
  const root = join(top, 'root');
  const taker = new SnapshotTaker(root, payload);
  const take = () => {
    const { tree, changed, removed } = taker.take();
    return { tree, changed: changed.map(({ path }) => path), removed };
  };
  const contentOf = (tree: Tree, path: string): string => {
    const reader = new PayloadReader(join(top, 'payload', 'payload.bin'));
    try {
      return reader.read(tree.get(path)!.content!).read(0, Number.POSITIVE_INFINITY).toString();
    } finally {
      reader.close();
    }
  };
  return { at: (path: string) => join(root, path), take, payload, contentOf };
}

/** Longer than the coarse clock that change times are taken from. */
const settle = (): Promise<void> => sleep(60);

t.test('everything a program can see', async (t) => {
  const { at, take, contentOf } = folder(t, {
    f: 'one',
    empty: '',
    d: { e: { deep: 'two' } },
    'lost+found': { x: 'x' },
  });
  symlinkSync('nowhere', at('link'));
  chmodSync(at('f'), 0o640);
  const { tree, changed, removed } = take();
  const paths = ['d', 'd/e', 'd/e/deep', 'empty', 'f', 'link'];
  t.same([...tree.keys()].sort(), paths, 'without lost+found');
  t.same([changed.sort(), removed], [paths, []]);
  t.match(tree.get('f'), { type: 'file', mode: 0o640, size: 3, ino: statSync(at('f')).ino });
  t.match(tree.get('link'), { type: 'symlink', target: 'nowhere' });
  t.match(tree.get('d/e'), { type: 'directory' });
  t.same(
    ['f', 'empty', 'd/e/deep'].map((path) => contentOf(tree, path)),
    ['one', '', 'two'],
  );
  mkdirSync(at('d/lost+found'));
  t.same(take().changed.includes('d/lost+found'), true, 'only the one at the top is the file system’s own');
});

t.test('owner and extended attributes; what has lost its last one says so', async (t) => {
  const { at, take } = folder(t, { f: 'one', g: 'two', d: {} });
  const attribute = (call: string): void => {
    execFileSync('python3', ['-c', `import os; os.${call}`], { cwd: at('.') });
  };
  try {
    attribute('setxattr("f", "user.k", b"v\\0w")');
  } catch {
    t.comment('extended attributes cannot be had in this folder');
    return;
  }
  attribute('setxattr("d", "user.d", b"")');
  const before = take().tree;
  t.match(before.get('g'), { uid: process.getuid!(), gid: process.getgid!() });
  t.notOk('xattrs' in before.get('g')!);
  t.same(before.get('f')!.xattrs, { 'user.k': Buffer.from('v\0w').toString('base64') });
  t.same(before.get('d')!.xattrs, { 'user.d': '' });
  await settle();
  attribute('removexattr("f", "user.k")');
  const { changed, tree } = take();
  t.ok(changed.includes('f'));
  t.same(tree.get('f')!.xattrs, {});
});

t.test('what did not change is not read again', async (t) => {
  const { at, take, payload } = folder(t, { f: 'one', g: 'two', d: { h: 'three' } });
  await settle();
  take();
  t.equal(payload.reads, 3);
  const second = take();
  t.same([second.changed, second.removed, payload.reads], [[], [], 3]);
  appendFileSync(at('f'), '!');
  t.same(take().changed, ['f']);
  t.equal(payload.reads, 4, 'only the one that changed');
});

t.test('a file that changed just before a snapshot is looked at once more', async (t) => {
  const { at, take, contentOf } = folder(t, { f: 'one' });
  for (let i = 0; i < 200; i++) {
    // Same inode, same size, within one tick of the clock that change times are taken from.
    const content = String(i).padStart(3, '0');
    writeFileSync(at('f'), content);
    const { tree } = take();
    if (contentOf(tree, 'f') !== content) t.fail(`${contentOf(tree, 'f')} instead of ${content}`);
  }
  // The last one, too, however long the machine pauses between the two.
  do {
    writeFileSync(at('f'), 'end');
    take();
  } while (Date.now() - statSync(at('f')).ctimeMs >= 20);
  await settle();
  t.same(
    [take().changed, take().changed],
    [['f'], []],
    'read once more when the clock has moved on, then no more',
  );
});

t.test('every kind of change is seen, however alike it looks', async (t) => {
  const { at, take, contentOf } = folder(t, { f: 'one', g: 'two' });
  await settle();
  take();
  const { atimeMs, mtimeMs } = statSync(at('f'));
  writeFileSync(at('f'), 'ONE');
  utimesSync(at('f'), atimeMs / 1000, mtimeMs / 1000);
  await settle();
  let now = take();
  t.same(
    [now.changed, contentOf(now.tree, 'f')],
    [['f'], 'ONE'],
    'the old modification time does not hide it',
  );
  chmodSync(at('g'), 0o600);
  await settle();
  now = take();
  t.same([now.changed, now.tree.get('g')!.mode], [['g'], 0o600]);
  renameSync(at('g'), at('f'));
  await settle();
  now = take();
  t.same([now.changed, now.removed, contentOf(now.tree, 'f')], [['f'], ['g'], 'two']);
  linkSync(at('f'), at('hard'));
  await settle();
  now = take();
  t.same(now.changed.sort(), ['f', 'hard']);
  rmSync(at('hard'));
  mkdirSync(at('hard'));
  await settle();
  now = take();
  t.equal(now.tree.get('hard')!.type, 'directory');
});

t.test('snapshots equal the folder, whatever is done to it', async (t) => {
  const { at, take, contentOf } = folder(t, {});
  const name = fc.constantFrom('a', 'b', 'c');
  const action = fc.oneof(
    fc.record({ do: fc.constant('write' as const), name, text: fc.string({ maxLength: 3 }) }),
    fc.record({ do: fc.constant('append' as const), name, text: fc.string({ maxLength: 3 }) }),
    fc.record({ do: fc.constant('rename' as const), name, to: name }),
    fc.record({ do: fc.constant('remove' as const), name }),
    fc.record({ do: fc.constant('take' as const) }),
  );
  const model = new Map<string, string>();
  let known = new Map<string, string>();
  const property = fc.property(fc.array(action, { maxLength: 20 }), (actions) => {
    for (const action of [...actions, { do: 'take' as const }]) {
      if (action.do === 'write') {
        writeFileSync(at(action.name), action.text);
        model.set(action.name, action.text);
      } else if (action.do === 'append') {
        appendFileSync(at(action.name), action.text);
        model.set(action.name, (model.get(action.name) ?? '') + action.text);
      } else if (action.do === 'remove') {
        rmSync(at(action.name), { force: true });
        model.delete(action.name);
      } else if (action.do === 'rename') {
        if (!model.has(action.name) || action.name === action.to) continue;
        renameSync(at(action.name), at(action.to));
        model.set(action.to, model.get(action.name)!);
        model.delete(action.name);
      } else {
        const { tree, changed, removed } = take();
        const seen = new Map([...tree.keys()].map((path) => [path, contentOf(tree, path)]));
        const plain = (map: Map<string, string>): string => JSON.stringify([...map].sort());
        if (plain(seen) !== plain(model)) throw new Error(`${plain(seen)}, should be ${plain(model)}`);
        // The changes alone lead from one snapshot to the next, as the trace keeps them.
        for (const path of removed) known.delete(path);
        for (const path of changed) known.set(path, seen.get(path)!);
        if (plain(known) !== plain(model)) throw new Error(`by changes: ${plain(known)}`);
        known = new Map(known);
      }
    }
  });
  fc.assert(property, { numRuns: 100 });
  t.pass();
});

t.test('the same content is kept once', async (t) => {
  const { take, payload, contentOf } = folder(t, { a: 'same', b: 'same', c: 'other' });
  const { tree } = take();
  t.same(tree.get('a')!.content, tree.get('b')!.content);
  t.not(tree.get('a')!.content!.offset, tree.get('c')!.content!.offset);
  t.equal(contentOf(tree, 'c'), 'other');
  t.equal(payload.reads, 3);
});
