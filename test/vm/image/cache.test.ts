import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { cacheFolder, cachePath, findEntry, makeEntry, withCacheLock } from '../../../vm/image/cache.js';

function useCacheIn(folder: string): void {
  process.env.XDG_CACHE_HOME = folder;
}

t.test('an entry appears whole, and only when it was filled to the end', async (t) => {
  useCacheIn(t.testdir({}));
  await withCacheLock({}, async () => {
    const made = await makeEntry('root', 'key', async (folder, scratch) => {
      writeFileSync(join(scratch, 'x'), 'scratch');
      writeFileSync(join(folder, 'file'), 'content');
      t.notOk(findEntry('root', 'key'), 'not while it is filled');
    });
    t.equal(findEntry('root', 'key'), made);
    t.same(readdirSync(made), ['file']);

    await t.rejects(
      makeEntry('root', 'other', async (folder) => {
        writeFileSync(join(folder, 'file'), 'half');
        throw new Error('failed');
      }),
      { message: 'failed' },
    );
    t.notOk(findEntry('root', 'other'));
  });
  t.same(readdirSync(cacheFolder()).sort(), ['lock', 'root'], 'nothing half is left');
});

t.test('builders take turns; who waits is told so, and what a dead one left goes', async (t) => {
  useCacheIn(t.testdir({}));
  mkdirSync(cachePath('making-dead'), { recursive: true });
  const events: string[] = [];
  let second: Promise<void> | undefined;
  await withCacheLock({}, async () => {
    events.push('first in');
    await new Promise<void>((isTold) => {
      const onStep = (step: string): void => {
        events.push(step);
        isTold();
      };
      second = withCacheLock({ onStep }, async () => void events.push('second in'));
    });
    events.push('first out');
  });
  await second;
  t.same(events, ['first in', 'waiting for another build to end', 'first out', 'second in']);
  t.notOk(existsSync(cachePath('making-dead')));
});

t.test('whoever waits can be stopped', async (t) => {
  useCacheIn(t.testdir({}));
  const controller = new AbortController();
  await withCacheLock({}, async () => {
    const waiting = withCacheLock({ signal: controller.signal }, async () => t.fail('never in'));
    setTimeout(() => controller.abort(), 50);
    await t.rejects(waiting, { name: 'AbortError' });
  });
});

t.test('a failed action lets the next one in', async (t) => {
  useCacheIn(t.testdir({}));
  await t.rejects(
    withCacheLock({}, () => Promise.reject(new Error('no'))),
    { message: 'no' },
  );
  t.equal(await withCacheLock({}, async () => 1), 1);
});

t.test('a cache that cannot be made says where it would be, and how to name another', async (t) => {
  const folder = t.testdir({ file: 'x' });
  useCacheIn(join(folder, 'file'));
  await t.rejects(
    withCacheLock({}, async () => 1),
    {
      name: 'UnavailableError',
      message: /file\/plugpull\/vm, which cannot be written \(ENOTDIR\).*XDG_CACHE_HOME/,
    },
  );
  t.equal(readFileSync(join(folder, 'file'), 'utf8'), 'x');
});
