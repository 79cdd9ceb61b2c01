import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { runFile } from './run-file.js';

/** Runs `file.mjs` of a folder made by `t.testdir`, which lies in the checkout and so finds the tap library. */
function run(folder: string, timeoutMs = 300_000) {
  return runFile(join(folder, 'file.mjs'), { cwd: folder, timeoutMs });
}

t.test('counts what passed and failed, and keeps what was printed', async (t) => {
  const source = `import t from 'tap'; console.error('on stderr'); console.log('on stdout');
    t.test('good', async (t) => t.equal(1, 1));
    t.test('bad', async (t) => t.same({ a: 1 }, { a: 2 }));`;
  const { tally, output } = await run(t.testdir({ 'file.mjs': source })).result;
  t.match(tally, {
    passed: 1,
    failed: 1,
    failures: [{ path: ['bad', /./], diagnostics: { diff: /\+\s+"a": 1/ } }],
  });
  t.same(output.sort(), ['on stderr', 'on stdout']);
});

t.test('a file that cannot be loaded, or ends badly, is one failure', async (t) => {
  const syntaxError = await run(t.testdir({ 'file.mjs': 'let let = 1;' })).result;
  t.match(syntaxError.tally, {
    passed: 0,
    failed: 1,
    failures: [{ diagnostics: { message: 'exit code 1' } }],
  });
  t.match(syntaxError.output.join(), /SyntaxError/);

  const killed = `console.log('TAP version 14\\nok 1 - a\\n1..1'); setTimeout(() => process.kill(process.pid, 'SIGKILL'), 50);`;
  t.match((await run(t.testdir({ 'file.mjs': killed })).result).tally, {
    passed: 1,
    failed: 1,
    failures: [{ diagnostics: { message: 'ended by SIGKILL' } }],
  });
});

t.test('a file without a test is a failure', async (t) => {
  const { tally } = await run(t.testdir({ 'file.mjs': '' })).result;
  t.match(tally, { passed: 0, failed: 1, failures: [{ diagnostics: { message: 'no tests in this file' } }] });
});

t.test('a file that hangs is ended, deaf to SIGTERM or not', async (t) => {
  const source = `process.on('SIGTERM', () => {}); console.log('TAP version 14\\nok 1 - a'); setInterval(() => {}, 1000);`;
  const { tally, durationMs } = await run(t.testdir({ 'file.mjs': source }), 300).result;
  t.match(tally.failures.at(-1), { diagnostics: { message: 'no end within 0.3 s' } });
  t.ok(tally.failed > 0);
  // It would never end of itself.
  t.ok(durationMs < 200_000, `${durationMs} ms`);
});

t.test('processes that a file leaves behind are ended, and that is a failure', async (t) => {
  const source = `import { spawn } from 'node:child_process';
    const child = spawn(process.execPath, ['-e', \`
      setInterval(() => require('fs').writeFileSync('alive', ''), 50)\`], { stdio: 'inherit' });
    child.unref(); console.log('TAP version 14\\nok 1 - a\\n1..1');`;
  const folder = t.testdir({ 'file.mjs': source });
  const { tally } = await run(folder).result;
  t.match(tally, {
    passed: 1,
    failed: 1,
    failures: [{ diagnostics: { message: /left processes running/ } }],
  });
  rmSync(join(folder, 'alive'), { force: true });
  await sleep(200);
  t.notOk(existsSync(join(folder, 'alive')), 'it is gone');
});

t.test('stopped from outside', async (t) => {
  const file = run(t.testdir({ 'file.mjs': 'setInterval(() => {}, 1000)' }));
  file.stop('interrupted by SIGINT');
  t.match((await file.result).tally.failures.at(-1), { diagnostics: { message: 'interrupted by SIGINT' } });
});

t.test('tells the processor time of the file and of what it started', async (t) => {
  // As long as it takes, so that no busy machine makes it less.
  const source = `import { spawnSync } from 'node:child_process';
    const busy = 'while (process.cpuUsage().user < 400_000);';
    spawnSync(process.execPath, ['-e', busy]); console.log('TAP version 14\\nok 1 - a\\n1..1');`;
  const { cpuMs } = await run(t.testdir({ 'file.mjs': source })).result;
  t.ok(cpuMs >= 400, `${cpuMs} ms`);
});
