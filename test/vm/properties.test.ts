/**
 * Persistence properties on real file systems: what is so stays silent, what is not so is shown, and the models of the
 * contract engine allow all that was seen.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { diskSizeBytes } from '../../harness/attach/file-system.js';
import { persistenceModel } from '../../harness/model/model-catalogue.js';
import { probeConfig } from '../../harness/probe/config.js';
import { prefilledDisk } from '../../harness/probe/lane/base-disk.js';
import type { ProbeBench } from '../../harness/probe/lane/crash-search.js';
import { measureProperty } from '../../harness/probe/lane/measure-property.js';
import type { PropertyAnswer } from '../../harness/probe/properties/answer.js';
import type { ScheduleName } from '../../harness/probe/schedule.js';
import { umlKernel } from '../../vm/image/uml-kernel.js';
import { umlSeat } from '../../vm/probe/uml-seat.js';
import { requires } from '../require.js';
import { umlNeed } from './live/live-runs.js';

async function benchOf(t: Test, input: object): Promise<ProbeBench> {
  const storage = probeConfig.parse({ storage: [input] }).storage[0]!;
  const laneFolder = mkdtempSync(join(tmpdir(), 'plugpull-properties-'));
  t.teardown(() => rmSync(laneFolder, { recursive: true, force: true }));
  const kernel = await umlKernel('uml', {});
  const sizeBytes = diskSizeBytes(storage);
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
  return { seat, storage, sizeBytes, base, granularity: 'write', fsck: false, limit: 2000 };
}

function ask(bench: ProbeBench, property: string, schedule: ScheduleName, nth = 0): PropertyAnswer {
  return measureProperty({ property, nth, schedule }, bench);
}

t.test(
  'ext4: what is so in every crash state, what is not, and a write that a commit overtakes',
  async (t) => {
    if (!requires(t, umlNeed)) return;
    const ordered = await benchOf(t, { fs: 'ext4' });
    const all = { exhaustive: true, refuted: undefined };
    t.match(ask(ordered, 'directory-operation', 'commits', 1), { ...all, outcome: 'holds' });
    t.match(ask(ordered, 'append-before-rename', 'commits'), {
      ...all,
      outcome: 'broken',
      counterexample: { text: 'b (4096 bytes: 4096 of write a 0 4096)' },
    });
    const journal = await benchOf(t, { fs: 'ext4', mount: 'data=journal' });
    for (const schedule of ['prompt', 'commits', 'overtaking', 'backwards'] as const) {
      const answer = ask(journal, 'append-before-rename', schedule);
      t.match(answer, { ...all, outcome: 'holds' }, schedule);
      t.ok(answer.allowed! > 0 && answer.recoveries > 0, schedule);
    }
  },
);

t.test('ext2, xfs and btrfs: shown by schedules, and their models allow it', async (t) => {
  if (!requires(t, { ...umlNeed, commands: [...umlNeed.commands, 'mkfs.xfs', 'mkfs.btrfs'] })) return;
  for (const fs of ['ext2', 'xfs', 'btrfs']) {
    const bench = await benchOf(t, { fs });
    const schedule = fs === 'ext2' ? 'prompt' : 'backwards';
    const answer = ask(bench, 'two-appends', schedule, 1);
    t.match(answer, { outcome: 'broken', exhaustive: true, refuted: undefined }, fs);
    t.ok(answer.allowed! > 0, fs);
    if (fs !== 'ext2') continue;
    // A model that says more than is so is found out.
    const task = { property: 'two-appends', nth: 1, schedule } as const;
    const strict = { ...persistenceModel('linux-ext4-ordered'), name: 'strict' };
    t.match(measureProperty(task, bench, [strict]), { refuted: { model: 'strict' } });
  }
});

t.test('a search that stops early says so', async (t) => {
  if (!requires(t, umlNeed)) return;
  const bench = await benchOf(t, { fs: 'ext4' });
  const answer = measureProperty(
    { property: 'directory-operation', nth: 0, schedule: 'prompt' },
    { ...bench, limit: 2 },
  );
  t.match(answer, {
    outcome: 'unknown',
    exhaustive: false,
    reason: 'not all crash states within 2 recoveries',
  });
});
