// npx tap run --disable-coverage examples/tap/save.test.mjs
import { CrashTestError, crashTest } from 'plugpull';
import t from 'tap';

t.setTimeout(300_000);

t.test('save survives power cuts', async () => {
  await crashTest(new URL('../save.crash.mjs', import.meta.url), { storage: ['ext4'] });
});

t.test('a program without fsync does not', async (t) => {
  const test = crashTest(new URL('../forgets-fsync.crash.mjs', import.meta.url), { engine: ['contract'] });
  const error = await t.rejects(test, CrashTestError);
  t.match(error.message, /needs fsync/);
});
