/** Several lanes give the same findings as one, whatever their processes explored before; a seed gives the same run again. */

import { readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { startLanes } from '../../harness/explore/lane-client.js';
import { LanePool } from '../../harness/explore/lane-pool.js';
import { LeafBook, type Sighting } from '../../harness/explore/leaf-book.js';
import { explorable } from '../../harness/explore/recording.js';
import { cleanRun } from '../../harness/state/clean.js';
import { ProcessPool } from '../../harness/state/process-pool.js';
import { oneJobEach, type ProcessSupply } from '../../harness/state/process-supply.js';
import { processesMarked } from '../../harness/state/processes.js';
import { knownRuns, RunSpace, runMark } from '../../harness/state/run-space.js';
import { openTrace } from '../../harness/trace/trace.js';
import type { RunResult } from '../../harness/verdict/results.js';
import { requires } from '../require.js';
import { Bench, hostNeed } from './plugpull.js';

/** Another size and file system, many crash states, names and contents that are nobody's, and recoveries that find all lost. */
const otherOne = `name: other
engine: [replay]
workload: { run: "for n in 1 2 3; do mkdir -p d/$n && yes $n | head -c 9000 > d/$n/$(printf '\\\\303\\\\050')$n; echo saved $n; done; mv d e; sync -f ." }
ack: { stdout: '^saved (.*)$' }
storage: [{ fs: ext2, size: 16MiB }]
recordings: 1
explore: { budget: { recoveries: 12 } }
`;

type Seen = Pick<Sighting, 'signature' | 'point' | 'lost'>[];

/** What so many lanes find in a trace, in a run of their own, and whether they recovered any of it. */
async function found(
  traceFolder: string,
  { lanes, limit }: { lanes: number; limit: number },
  supplyFor: (space: RunSpace) => ProcessSupply,
): Promise<{ seen: Seen; complete: boolean; recovers: boolean }> {
  const trace = openTrace(traceFolder);
  const { points, recording } = explorable(trace);
  const space = RunSpace.create();
  const book = new LeafBook(recording.pieces);
  const { fs } = trace.manifest.scenario.storage[0]!;
  let recovers = false;
  const pool = await LanePool.start(
    // All of them from the start, however little there is to do.
    {
      traceFolder,
      lanes: startLanes({ space, fs, lanes, processes: supplyFor(space) }),
      recoveriesALane: 0,
    },
    (leaf) => {
      recovers ||= !leaf.remembered;
      book.add(leaf.point, { ...leaf, nested: undefined });
    },
  );
  const ended = await Promise.all(points.map(({ id }) => pool.explore(id, { limit, alone: false })));
  await pool.close();
  cleanRun(space.id);
  trace.close();
  const seen = book.sightings().map(({ signature, point, lost }) => ({ signature, point, lost }));
  return { seen, complete: ended.every(({ complete }) => complete), recovers };
}

/** By process of the pool, the only one whose run is there still: what it has open, and what is mounted in its eyes. */
function held(): Record<string, { open: string[]; mounts: string[] }> {
  const [run] = knownRuns();
  const of = (pid: number) => ({
    open: readdirSync(`/proc/${pid}/fd`)
      .map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`).replace(/\[\d+\]/, ''))
      .sort(),
    mounts: readFileSync(`/proc/${pid}/mountinfo`, 'utf8')
      .split('\n')
      .filter((line) => line.includes('plugpull')),
  });
  return Object.fromEntries(processesMarked(runMark, run!).map((pid) => [pid, of(pid)]));
}

t.test('one trace, one lane and three, new and after other traces: the same sightings', async (t) => {
  if (!requires(t, { ...hostNeed, commands: ['nbdfuse', 'python3'] })) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  process.env.PLUGPULL_STATE_DIR = bench.stateFolder;
  const other = join(bench.folder, 'other.yaml');
  writeFileSync(other, otherOne);
  const { results } = await bench.run(['scenarios/storage/ext4-nobarrier.yaml', other, '--no-calibrate']);
  const [traceFolder, otherFolder] = results.runs.map(({ run }: RunResult) => join(run, 'trace'));
  const all = Number.MAX_SAFE_INTEGER;
  const first = await found(traceFolder!, { lanes: 1, limit: all }, oneJobEach);
  t.ok(first.complete && first.recovers && first.seen.length > 0, 'there is something to find');

  // As long as a busy machine takes to let go of a trace.
  const pool = new ProcessPool(300_000);
  t.teardown(() => pool.close());
  const another = await found(otherFolder!, { lanes: 3, limit: 3 }, () => pool);
  t.ok(another.seen.length > 0, 'the other trace has something else to find');
  const before = held();
  t.equal(Object.keys(before).length, 6, 'three lanes rest, with whoever recovers for them');
  // The second time by a process that has explored this very trace: it knows nothing of that.
  for (const lanes of [1, 1, 3])
    t.strictSame(await found(traceFolder!, { lanes, limit: all }, () => pool), first, `${lanes} lanes`);
  t.strictSame(held(), before, 'the same processes, which have no more open or mounted than before');
});
