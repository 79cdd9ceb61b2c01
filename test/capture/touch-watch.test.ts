/** inotify counts over a real folder. */
import {
  appendFileSync,
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { SnapshotTaker } from '../../harness/capture/snapshot.js';
import { TouchWatch } from '../../harness/capture/touch-watch.js';
import { PayloadWriter } from '../../harness/trace/payload.js';

interface Files {
  [name: string]: string | Files;
}

/** A folder with some files, watched; `touched` says what happened since it was last asked. */
function watchedFolder(t: { testdir(fixture: Files): string; teardown(undo: () => void): void }) {
  const top = t.testdir({ root: { f: 'one', g: 'two', d: { inner: 'three' } }, payload: {} });
  const root = join(top, 'root');
  const payload = new PayloadWriter(join(top, 'payload', 'payload.bin'));
  t.teardown(() => payload.close());
  const taker = new SnapshotTaker(root, payload);
  const watch = new TouchWatch(root);
  const touched = (): Record<string, string> | null => {
    const counts = watch.collect(taker.take().tree);
    if (!counts) return null;
    return Object.fromEntries(
      Object.entries(counts).map(([path, { modified, versions, removed }]) => [
        path,
        `${modified > 0 ? 'modified' : 'whole'} ${versions} versions ${removed} removed`,
      ]),
    );
  };
  touched();
  return { at: (path: string) => join(root, path), touched };
}

t.test('nothing happened', async (t) => {
  const { at, touched } = watchedFolder(t);
  readFileSync(at('f'));
  t.same(touched(), {}, 'reading is no touch');
});

t.test('writing', async (t) => {
  const { at, touched } = watchedFolder(t);
  appendFileSync(at('f'), 'more');
  t.same(touched(), { f: 'modified 1 versions 0 removed' });
  t.same(touched(), {}, 'told once');
  for (let i = 0; i < 3; i++) writeFileSync(at('f'), 'x');
  t.same(touched(), { f: 'modified 3 versions 0 removed' });
  const fd = openSync(at('g'), 'w');
  writeSync(fd, 'part');
  t.same(touched(), { g: 'modified 0 versions 0 removed' }, 'not closed: no version yet');
  closeSync(fd);
  t.same(touched(), { g: 'whole 1 versions 0 removed' });
  truncateSync(at('g'), 1);
  t.match(touched(), { g: /^modified/ });
  writeFileSync(at('d/inner'), 'y');
  t.same(touched(), { 'd/inner': 'modified 1 versions 0 removed' }, 'in a folder');
});

t.test('renaming and removing', async (t) => {
  const { at, touched } = watchedFolder(t);
  for (const version of ['2', '3']) {
    writeFileSync(at('f.tmp'), version);
    renameSync(at('f.tmp'), at('f'));
  }
  t.same(touched(), { f: 'whole 2 versions 0 removed', 'f.tmp': 'modified 2 versions 2 removed' });
  unlinkSync(at('g'));
  t.same(touched(), { g: 'whole 0 versions 1 removed' });
  renameSync(at('f'), at('h'));
  t.same(touched(), { f: 'whole 0 versions 1 removed', h: 'whole 1 versions 0 removed' });
  writeFileSync(at('ünï cødé'), 'x');
  t.same(Object.keys(touched()!), ['ünï cødé']);
});

t.test('a folder that is made and filled: what happened in it is not known, later it is', async (t) => {
  const { at, touched } = watchedFolder(t);
  mkdirSync(at('new'));
  writeFileSync(at('new/f'), 'x');
  t.equal(touched(), null);
  t.same(touched(), {});
  writeFileSync(at('new/f'), 'y');
  t.same(touched(), { 'new/f': 'modified 1 versions 0 removed' });
});

t.test('a folder that came and went between two snapshots', async (t) => {
  const { at, touched } = watchedFolder(t);
  mkdirSync(at('brief'));
  rmdirSync(at('brief'));
  t.equal(touched(), null);
  rmSync(at('d'), { recursive: true });
  t.match(
    touched(),
    { d: /1 removed$/, 'd/inner': /1 removed$/ },
    'one that was watched is known to its end',
  );
});

t.test('another folder under a known name is watched too', async (t) => {
  const { at, touched } = watchedFolder(t);
  rmSync(at('d'), { recursive: true });
  mkdirSync(at('d'));
  writeFileSync(at('d/inner'), 'x');
  t.equal(touched(), null);
  writeFileSync(at('d/inner'), 'y');
  t.same(touched(), { 'd/inner': 'modified 1 versions 0 removed' });
});

t.test('a folder that moved is known by its new name, and by its old one when it is back', async (t) => {
  const { at, touched } = watchedFolder(t);
  renameSync(at('d'), at('e'));
  t.equal(touched(), null);
  writeFileSync(at('e/inner'), 'x');
  t.same(touched(), { 'e/inner': 'modified 1 versions 0 removed' });
  renameSync(at('e'), at('d'));
  t.equal(touched(), null);
  writeFileSync(at('d/inner'), 'y');
  t.same(touched(), { 'd/inner': 'modified 1 versions 0 removed' });
});

t.test('more events than the kernel keeps: not known', async (t) => {
  const limit = Number(readFileSync('/proc/sys/fs/inotify/max_queued_events', 'utf8'));
  if (limit > 20_000) {
    t.plan(0, `the queue holds ${limit} events`);
    return;
  }
  const { at, touched } = watchedFolder(t);
  const names = [at('f'), at('g')].map((path) => openSync(path, 'w'));
  // Alternating, because the kernel joins an event with an equal one before it.
  for (let i = 0; i < limit + 10; i++) writeSync(names[i % 2]!, 'x', 0);
  for (const fd of names) closeSync(fd);
  t.equal(touched(), null);
  t.same(touched(), {});
});
