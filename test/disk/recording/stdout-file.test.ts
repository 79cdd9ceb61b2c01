/** The workload's standard output: its writer waits for whoever is told what it prints. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import t from 'tap';
import { unmount } from '../../../harness/attach/libc.js';
import { AckDesk } from '../../../harness/disk/recording/ack-desk.js';
import { serveStdout } from '../../../harness/disk/recording/stdout-file.js';
import { requires } from '../../require.js';

const run = promisify(execFile);

t.test('nobody prints more until what was printed is taken', async (t) => {
  if (!requires(t, { root: true, fuse: true })) return;
  const folder = mkdtempSync(join(tmpdir(), 'plugpull-stdout-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const power = { isOn: true, off() {}, acknowledged() {} };
  const log = { mark: () => 0, entryCount: 0 };
  const desk = new AckDesk(
    power as never,
    log,
    () => '0',
    ({ type }) => {
      if (type === 'ack') queueMicrotask(() => desk.snapshotTaken(1));
    },
  );
  const printed: string[] = [];
  const waiting: (() => void)[] = [];
  let told = (): void => {};
  const stdout = await serveStdout(folder, { ack: '^ack' }, desk, {
    take: (data) => printed.push(Buffer.from(data).toString()),
    whenTaken: (goOn) => {
      waiting.push(goOn);
      told();
    },
  });
  const asked = (): Promise<void> =>
    new Promise((resolve) => {
      told = resolve;
    });
  const words = ['one', 'ack', 'three'];
  let first = asked();
  const writer = run('sh', ['-c', `exec > ${folder}/stdout; for w in ${words.join(' ')}; do echo $w; done`]);
  for (const [nth, word] of words.entries()) {
    await first;
    t.strictSame(
      printed,
      words.slice(0, nth + 1).map((each) => `${each}\n`),
      `${word} was printed, and no more`,
    );
    first = asked();
    // It would have printed by then, if it did not wait.
    await run('true');
    t.equal(waiting.length, 1);
    waiting.pop()!();
  }
  await writer;
  unmount(folder);
  await stdout.close();
});
