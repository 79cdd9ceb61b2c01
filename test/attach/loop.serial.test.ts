/** Loop devices: flushes are sent whatever was set before, and nobody else's device is touched. */
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { attachLoop, detachLoop } from '../../harness/attach/loop.js';
import { requires } from '../require.js';

const folder = mkdtempSync(join(tmpdir(), 'plugpull-loop-'));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));
const image = join(folder, 'image');
writeFileSync(image, '');
truncateSync(image, 1024 * 1024);

t.test('a device that was told it has no write cache sends flushes all the same', async (t) => {
  if (!requires(t, { root: true, loop: true })) return;
  const attach = (): string => attachLoop(image, { label: 'plugpull:test' }, () => {});
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
  const device = attachLoop(image, { label: 'plugpull:mine' }, () => {});
  t.equal(detachLoop(device, 'plugpull:another'), false);
  t.equal(detachLoop(device, 'plugpull:mine'), true);
  t.equal(detachLoop(device, 'plugpull:mine'), false, 'free already');
});
