/** Several lanes give the same findings as one; a seed gives the same run again. */

import { join } from 'node:path';
import t from 'tap';
import { startLanes } from '../../harness/explore/lane-client.js';
import { LanePool } from '../../harness/explore/lane-pool.js';
import { LeafBook } from '../../harness/explore/leaf-book.js';
import { explorable } from '../../harness/explore/recording.js';
import { cleanRun } from '../../harness/state/clean.js';
import { RunSpace } from '../../harness/state/run-space.js';
import { openTrace } from '../../harness/trace/trace.js';
import type { RunResult } from '../../harness/verdict/results.js';
import { requires } from '../require.js';
import { Bench, hostNeed } from './plugpull.js';

t.test('one trace, one to three lanes: the same sightings', async (t) => {
  if (!requires(t, { ...hostNeed, commands: ['nbdfuse', 'python3'] })) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  const { results } = await bench.run(['scenarios/storage/ext4-nobarrier.yaml', '--no-calibrate']);
  const traceFolder = join((results.runs[0] as RunResult).run, 'trace');
  const trace = openTrace(traceFolder);
  t.teardown(() => trace.close());
  const { points, recording } = explorable(trace);
  const found = [];
  for (const lanes of [1, 2, 3]) {
    const space = RunSpace.create();
    const book = new LeafBook(recording.pieces);
    const pool = await LanePool.start(
      // All of them from the start, however little there is to do.
      { traceFolder, lanes: startLanes({ space, fs: 'ext4', lanes }), recoveriesALane: 0 },
      (leaf) => book.add(leaf.point, { ...leaf, nested: undefined }),
    );
    const ended = await Promise.all(
      points.map(({ id }) => pool.explore(id, { limit: Number.MAX_SAFE_INTEGER, alone: false })),
    );
    await pool.close();
    cleanRun(space.id);
    t.ok(ended.every(({ complete }) => complete));
    found.push(book.sightings().map(({ signature, point, lost }) => ({ signature, point, lost })));
  }
  t.ok(found[0]!.length > 0, 'there is something to find');
  t.strictSame(found[1], found[0]);
  t.strictSame(found[2], found[0]);
});
