/** An fsync that the disk fails: what ext4 makes of it, and that without a fault nothing of the kind is said. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { diskSizeBytes } from '../../harness/attach/file-system.js';
import { probeConfig } from '../../harness/probe/config.js';
import { probeFailedSync } from '../../harness/probe/failed-sync/failed-sync.js';
import { prefilledDisk } from '../../harness/probe/lane/base-disk.js';
import { umlKernel } from '../../vm/image/uml-kernel.js';
import { umlSeat } from '../../vm/probe/uml-seat.js';
import { requires } from '../require.js';
import { umlNeed } from './live/live-runs.js';

t.test('a page that the disk refused is taken for clean; without a fault it is there', async (t) => {
  if (!requires(t, umlNeed)) return;
  const laneFolder = mkdtempSync(join(tmpdir(), 'plugpull-failed-fsync-'));
  t.teardown(() => rmSync(laneFolder, { recursive: true, force: true }));
  const storage = probeConfig.parse({ storage: [{ fs: 'ext4' }] }).storage[0]!;
  const sizeBytes = diskSizeBytes(storage);
  const kernel = await umlKernel('uml', {});
  const seat = umlSeat({ kernel, laneFolder, memoryMib: 256, processor: null }, sizeBytes, {
    spaceFolder: laneFolder,
    ...{ laneFolder, storage },
  });
  t.teardown(() => seat.close());
  const base = prefilledDisk(sizeBytes);
  t.match(
    seat.run([base], { type: 'make' }, () => {}),
    { type: 'made' },
  );
  t.match(probeFailedSync(seat, base, 'none'), {
    ...{ failed: 0, first: 'ok', shown: 'new', second: 'ok', evicted: 'new', made: 'ok', crashed: 'new' },
  });
  // As Rebello et al. found it (USENIX ATC 2020, table 1): the error is told once, and the page marked clean.
  const data = probeFailedSync(seat, base, 'data');
  t.match(data, { first: 'EIO', second: 'ok', rewritten: false, evicted: 'old', crashed: 'old' });
  t.ok(data.failed > 0);
});
