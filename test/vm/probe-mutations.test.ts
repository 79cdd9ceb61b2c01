/** The probe broken on purpose: each break must turn an answer that was right into one that a test would notice. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { probeConfig } from '../../harness/probe/config.js';
import { historyOf } from '../../harness/probe/executor/call-history.js';
import { foundState, StorageOracle, treeOf } from '../../harness/probe/judge/storage-oracle.js';
import { prefilledDisk } from '../../harness/probe/lane/base-disk.js';
import { probeWorkload } from '../../harness/probe/lane/probe-workload.js';
import type { Seat } from '../../harness/probe/lane/seat.js';
import type { FoundNode, JobResult } from '../../harness/probe/resident/messages.js';
import { parseWorkload } from '../../harness/probe/workload/workload.js';
import { umlKernel } from '../../vm/image/uml-kernel.js';
import { umlSeat } from '../../vm/probe/uml-seat.js';
import { emptyRoot } from '../probe/found-nodes.js';
import { requires } from '../require.js';
import { umlNeed } from './live/live-runs.js';

const planted = parseWorkload('mkdir A; fsync .', 'here');
t.test('a recovery that is skipped', async (t) => {
  if (!requires(t, umlNeed)) return;
  const laneFolder = mkdtempSync(join(tmpdir(), 'plugpull-mutation-'));
  t.teardown(() => rmSync(laneFolder, { recursive: true, force: true }));
  const [storage] = probeConfig.parse({ storage: [{ fs: 'ext4', disk: { cache: 'lying' } }] }).storage;
  const kernel = await umlKernel('uml', {});
  const sizeBytes = 64 * 2 ** 20;
  const seat = umlSeat({ kernel, laneFolder, memoryMib: 256, processor: null }, sizeBytes, {
    spaceFolder: laneFolder,
    laneFolder,
    storage: storage!,
  });
  t.teardown(() => seat.close());
  const base = prefilledDisk(sizeBytes);
  t.match(
    seat.run([base], { type: 'make' }, () => {}),
    { type: 'made' },
  );
  const probe = (seat: Seat, fsck = false) =>
    probeWorkload('planted', planted, {
      ...{ seat, storage: storage!, sizeBytes, base, granularity: 'write', limit: 500, fsck },
    });
  t.match(probe(seat), { outcome: 'broken', finding: { rules: 'posix', kind: 'fsync: name' } });
  t.match(probe(seat, true), { outcome: 'broken' }, 'and with its checker asked');
  // Whoever takes the running file system's tree for a recovered one finds every disk right.
  const whole: FoundNode[] = [emptyRoot, { ...emptyRoot, path: 'A', identity: 1 }];
  const skipping: Seat = {
    run: (device, job, hear): JobResult =>
      job.type === 'recover'
        ? { type: 'recovered', tree: whole, error: null, unusable: null, damage: null }
        : seat.run(device, job, hear),
    close: () => {},
  };
  t.match(probe(skipping), { outcome: 'kept' }, 'the planted storage would be silent');
});

t.test('an oracle that forgets directory entries', async (t) => {
  const history = historyOf(planted, treeOf([emptyRoot]).nodes);
  const lost = foundState([emptyRoot], null, null);
  const after = { begun: 2, returned: 2 };
  t.match(new StorageOracle(history).judge(lost, after), { breach: { fault: 'name' } });
  const { steps } = history.history;
  const forgetful = steps.map((step) => ({ ...step, sync: null }));
  const mutated = new StorageOracle({ ...history, history: { ...history.history, steps: forgetful } });
  t.match(mutated.judge(lost, after), { breach: null }, 'the planted storage would be silent');
});

t.test('what fsck finds is a breach, by custom', async (t) => {
  const oracle = new StorageOracle(historyOf(planted, treeOf([emptyRoot]).nodes));
  const clean = foundState([emptyRoot], null, null);
  const damaged = foundState([emptyRoot], null, null, 'e2fsck -fn ended with 4: Free blocks count wrong');
  t.match(oracle.judge(clean, { begun: 0, returned: 0 }), { breach: null });
  t.match(oracle.judge(damaged, { begun: 0, returned: 0 }), { breach: { rules: 'linux', fault: 'damage' } });
});
