import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { digestOf } from '../../harness/queue/job.js';
import { Store } from '../../harness/queue/store.js';

function newStore(t: { teardown(done: () => void): void }): Store {
  const folder = mkdtempSync(join(tmpdir(), 'plugpull-store-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  return Store.open(folder);
}

t.test('what is kept is found by its digest, whoever keeps it', async (t) => {
  const store = newStore(t);
  const digest = store.put('seen');
  t.equal(digest, digestOf('seen'));
  t.equal(store.put('seen'), digest);
  t.equal(store.read(digest).toString(), 'seen');
  const file = join(store.folder, 'a file');
  writeFileSync(file, 'seen');
  t.equal(await store.putFile(file), digest);
  await store.fetch(digest, join(store.folder, 'out/copy'));
  t.equal(readFileSync(join(store.folder, 'out/copy'), 'utf8'), 'seen');
  t.strictSame(readdirSync(join(store.folder, 'new')), [], 'nothing is left half made');
});

t.test('the first answer stays', async (t) => {
  const store = newStore(t);
  t.equal(store.answerTo('job'), null);
  store.answer('job', store.put('one'));
  store.answer('job', store.put('two'));
  t.equal(store.answerTo('job'), digestOf('one'));
});

t.test('what was changed is not believed', async (t) => {
  const store = newStore(t);
  const digest = store.put('seen');
  const path = join(store.folder, 'objects', digest.slice(0, 2), digest);
  chmodSync(path, 0o600);
  writeFileSync(path, 'other');
  t.throws(() => store.read(digest), /was changed: its digest is another/);
  await t.rejects(store.fetch(digest, join(store.folder, 'copy')), /was changed/);
});

t.test('a folder that cannot be one', async (t) => {
  t.throws(() => Store.open('/proc/nowhere'), { exitCode: 64, message: /--store: expected a folder/ });
});
