/** Lanes are shared by processes that know nothing of each other, and none is lost with its holder. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { holdLanes } from '../../harness/state/machine-lanes.js';

const folder = mkdtempSync(join(tmpdir(), 'plugpull-lanes-'));
process.env.PLUGPULL_STATE_DIR = folder;
t.teardown(() => rmSync(folder, { recursive: true, force: true }));

t.test('whoever comes gets what is free, and waits where nothing is', async (t) => {
  const first = await holdLanes(2, undefined, 3);
  const second = await holdLanes(2, undefined, 3);
  t.strictSame([first.count, second.count], [2, 1]);
  let third = 0;
  const waiting = holdLanes(3, undefined, 3).then((held) => {
    third = held.count;
    return held;
  });
  await new Promise((resolve) => setTimeout(resolve, 150));
  t.equal(third, 0, 'it waits');
  first.release();
  const held = await waiting;
  t.equal(third, 2);
  held.release();
  second.release();
});

t.test('waiting ends with its signal', async (t) => {
  const all = await holdLanes(3, undefined, 3);
  await t.rejects(holdLanes(1, AbortSignal.timeout(100), 3), { name: /AbortError|TimeoutError/ });
  all.release();
});

t.test('a holder that is killed loses its lanes', async (t) => {
  const lanes = new URL('../../harness/state/machine-lanes.js', import.meta.url).href;
  const program = `import { holdLanes } from ${JSON.stringify(lanes)};
    await holdLanes(3, undefined, 3); console.log('held'); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  await t.rejects(holdLanes(1, AbortSignal.timeout(100), 3));
  child.kill('SIGKILL');
  await once(child, 'exit');
  const held = await holdLanes(3, undefined, 3);
  t.equal(held.count, 3);
  held.release();
});
