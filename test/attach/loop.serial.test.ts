/**
 * Loop devices: flushes are sent whatever was set before, nobody else's device is touched, what is ours is noted, and what
 * was set is put back.
 */
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import type { Made } from '../../harness/attach/attaching-run.js';
import { gatherRequests, isGathered } from '../../harness/attach/gathered-requests.js';
import { attachLoop, detachLoop, releaseLoop } from '../../harness/attach/loop.js';
import { requires } from '../require.js';

const folder = mkdtempSync(join(tmpdir(), 'plugpull-loop-'));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));
const image = join(folder, 'image');
writeFileSync(image, '');
truncateSync(image, 1024 * 1024);

t.test('a device that was told it has no write cache sends flushes all the same', async (t) => {
  if (!requires(t, { root: true, loop: true })) return;
  const attach = (): string => attachLoop(image, { label: 'plugpull:test', note: () => {} });
  const device = attach();
  const setting = `/sys/block/${device.slice(5)}/queue/write_cache`;
  writeFileSync(setting, 'write through');
  t.equal(readFileSync(setting, 'utf8').trim(), 'write through');
  detachLoop(device, 'plugpull:test');
  const again = attach();
  t.equal(again, device, 'the free device with the lowest number');
  t.equal(readFileSync(setting, 'utf8').trim(), 'write back');
  detachLoop(again, 'plugpull:test');
});

t.test('only the device that bears the label is detached', async (t) => {
  if (!requires(t, { root: true, loop: true })) return;
  const device = attachLoop(image, { label: 'plugpull:mine', note: () => {} });
  t.equal(detachLoop(device, 'plugpull:another'), false);
  t.equal(detachLoop(device, 'plugpull:mine'), true);
  t.equal(detachLoop(device, 'plugpull:mine'), false, 'free already');
});

t.test('a device is noted before it is attached, and when it is gone', async (t) => {
  if (!requires(t, { root: true, loop: true })) return;
  const notes: Made[] = [];
  const owner = { label: 'plugpull:noted', note: (made: Made): void => void notes.push(made) };
  const device = attachLoop(image, owner);
  t.strictSame(notes, [{ kind: 'loop', what: device }]);
  releaseLoop(device, owner);
  t.strictSame(notes[1], { kind: 'loop gone', what: device });
  releaseLoop(device, owner);
  t.equal(notes.length, 2, 'it was nobody of ours that went');
});

t.test('a device whose requests were gathered is left as it was found', async (t) => {
  if (!requires(t, { root: true, loop: true })) return;
  const attach = (): string => attachLoop(image, { label: 'plugpull:test', note: () => {} });
  const device = attach();
  const settings = (): string[] =>
    ['scheduler', 'nr_requests'].map((name) =>
      readFileSync(`/sys/block/${device.slice(5)}/queue/${name}`, 'utf8'),
    );
  const before = settings();
  gatherRequests(device);
  t.ok(isGathered(device));
  t.match(settings()[0], /\[mq-deadline\]/);
  detachLoop(device, 'plugpull:test');
  t.strictSame(settings(), before);
  t.notOk(isGathered(device));
});
