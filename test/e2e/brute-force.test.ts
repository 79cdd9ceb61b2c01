/** Lazy exploration against recovering every single subset, on real file systems. */
import { join } from 'node:path';
import t from 'tap';
import { encodeDecisions } from '../../harness/explore/lane/messages.js';
import { startLanes } from '../../harness/explore/lane-client.js';
import { LanePool } from '../../harness/explore/lane-pool.js';
import { LeafBook } from '../../harness/explore/leaf-book.js';
import { explorable } from '../../harness/explore/recording.js';
import { signatureOf } from '../../harness/judge/judgement.js';
import { cleanRun } from '../../harness/state/clean.js';
import { RunSpace } from '../../harness/state/run-space.js';
import { openTrace } from '../../harness/trace/trace.js';
import { requires } from '../require.js';
import { Bench, hostNeed } from './plugpull.js';

/** Crash points with more pending pieces than this are left out: 2^n recoveries each. */
const mostPending = 6;

for (const fs of ['ext4', 'btrfs'] as const) {
  t.test(`${fs}: every subset gets the verdict of its leaf`, async (t) => {
    if (!requires(t, { ...hostNeed, fs, commands: ['nbdfuse', 'python3'] })) return;
    const bench = new Bench();
    t.teardown(() => bench.close());
    // Broken, so that subsets differ in their verdicts.
    const { results } = await bench.run([
      'scenarios/broken/rename-without-fsync.yaml',
      '--fs',
      fs,
      '--no-calibrate',
      '--recordings',
      '2',
      '--engine',
      'replay',
    ]);
    // The recording on a slow disk, where it is no matter of luck that some subsets are bad.
    const traceFolder = join(results.runs[0]!.run, 'recording-1', 'trace');
    const trace = openTrace(traceFolder);
    const { points, recording } = explorable(trace);
    const space = RunSpace.create();
    const book = new LeafBook(recording.pieces);
    const pool = await LanePool.start({ traceFolder, lanes: startLanes({ space, fs }) }, (leaf) =>
      book.add(leaf.point, { ...leaf, nested: undefined }),
    );
    t.teardown(async () => {
      await pool.close();
      trace.close();
      cleanRun(space.id);
    });
    let subsets = 0;
    const verdicts = new Set<string>();
    const small = points
      .filter((point) => recording.pieces.pendingAt(point).length <= mostPending)
      .slice(0, 25);
    for (const point of small) {
      const pending = recording.pieces.pendingAt(point);
      await pool.explore(point.id, { limit: Number.MAX_SAFE_INTEGER, alone: false });
      for (let bits = 0; bits < 2 ** pending.length; bits++) {
        const lost = pending.filter((_, i) => bits & (1 << i));
        const { problems } = await pool.judge(point.id, lost, { fromMemory: false });
        const eager = [...new Set(problems.map(signatureOf))].sort();
        const leaf = book.leafOf(point.id, new Set(lost));
        const lazy = [...new Set(leaf?.problems)].sort();
        if (eager.join() !== lazy.join()) t.fail(`point ${point.id}, lost ${lost}: ${eager} is not ${lazy}`);
        verdicts.add(eager.join());
        subsets++;
      }
    }
    t.ok(subsets >= 40, `${subsets} subsets recovered whole`);
    t.ok(verdicts.size >= 2, 'among them good and bad ones');
  });
}

t.test('decisions survive their encoding', async (t) => {
  t.strictSame(
    encodeDecisions([
      { piece: 0, present: true },
      { piece: 0, present: false },
    ]),
    [0, -1],
  );
});
