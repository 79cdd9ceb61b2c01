// npx vitest run examples/vitest
import { mutants } from 'plugpull';
import { crashTest } from 'plugpull/vitest';
import { expect, test } from 'vitest';

const workload = new URL('./save.crash.ts', import.meta.url);

test('save survives power cuts', { timeout: 300_000 }, async (context) => {
  await crashTest(context, workload, { storage: ['ext4'] });
});

// Goes red when somebody deletes an fsync that this test would not miss. Needs no root.
test('the test above notices a missing fsync', { timeout: 300_000 }, async () => {
  const { score } = await mutants(workload);
  expect(score.percent).toBe(100);
});
