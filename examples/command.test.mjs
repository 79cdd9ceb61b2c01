// node --test examples/command.test.mjs: any program, in any language
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { crashTest } from 'plugpull';

test('a shell script survives power cuts', { timeout: 300_000 }, async () => {
  const command = ['sh', new URL('./save.sh', import.meta.url)];
  await crashTest(
    { command, ackStdout: /^saved (.*)$/ },
    { engine: ['contract'], checker: { run: `sh ${fileURLToPath(new URL('./check.sh', import.meta.url))}` } },
  );
});
