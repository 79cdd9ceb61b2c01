// node --test examples/node-test/save.test.mjs
import test from 'node:test';
import { crashTest } from 'plugpull/node-test';

// The time limit is the test's own: a run takes seconds, on a busy machine more.
test('save survives power cuts', { timeout: 300_000 }, (t) =>
  crashTest(t, new URL('../save.crash.mjs', import.meta.url), { storage: ['ext4'] }),
);
