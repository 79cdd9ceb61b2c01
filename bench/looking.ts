/**
 * What it costs to look at the whole tree of each recovered state, which runs with both engines do to hold the
 * persistence models against the file system: recoveries a second of one lane that looks, against one that does not.
 */
import { startLanes } from '../harness/explore/lane-client.js';
import { LanePool } from '../harness/explore/lane-pool.js';
import { RecoveredTrees } from '../harness/explore/recovered-trees.js';
import { lookLimits } from '../harness/run/judging/judge-trace.js';
import type { FileSystem } from '../harness/scenario/schema/storage.js';
import { type BenchContext, type Benchmark, type Measured, repeats } from './benchmark.js';
import { median } from './median.js';
import { recordTrace } from './recorded-trace.js';

const recoveriesPerRound = 20;

export function looking(fs: FileSystem): Benchmark {
  return {
    name: `looking_${fs}`,
    about: `${fs}: recoveries a second on one lane that looks at recovered trees; baseline: one that does not`,
    goal: null,
    better: 'more',
    measure: (context) => measure(fs, context),
  };
}

async function measure(fs: FileSystem, context: BenchContext): Promise<Measured> {
  const { lab, say, signal } = context;
  const recorded = await recordTrace(context, {
    name: `looking-${fs}`,
    workload: { run: 'python3 $WORKLOADS/seeds/atomic_replace.py' },
    ack: { stdout: '^(Atomically replaced .+)$' },
    storage: [{ fs }],
  });
  const point = recorded.traced.points.findLast(({ reason }) => reason === 'ack')!.id;
  const start = (limits: typeof lookLimits | null): Promise<LanePool> =>
    LanePool.start(
      {
        traceFolder: recorded.folder,
        lanes: startLanes({ space: lab.space, fs, lanes: 1 }),
        looking: limits ? { trees: new RecoveredTrees(), limits } : undefined,
      },
      () => {},
    );
  const pools = {
    // The limit must not end the looking in the middle.
    looking: await start({ ...lookLimits, names: Number.MAX_SAFE_INTEGER }),
    blind: await start(null),
  };
  try {
    const round = async (pool: LanePool): Promise<number> => {
      const started = performance.now();
      await Promise.all(
        Array.from({ length: recoveriesPerRound }, () => pool.judge(point, [], { fromMemory: false })),
      );
      return performance.now() - started;
    };
    const ms = { looking: [] as number[], blind: [] as number[] };
    const rounds = repeats(15, context);
    say(`${rounds} rounds of ${recoveriesPerRound} recoveries each way on ${fs}`);
    await round(pools.looking);
    await round(pools.blind);
    for (let i = 0; i < rounds; i++) {
      signal.throwIfAborted();
      ms.looking.push(await round(pools.looking));
      ms.blind.push(await round(pools.blind));
    }
    return {
      value: (recoveriesPerRound * 1000) / median(ms.looking),
      baseline: (recoveriesPerRound * 1000) / median(ms.blind),
      unit: 'recoveries/s',
      details: { look_ms: (median(ms.looking) - median(ms.blind)) / recoveriesPerRound, rounds },
    };
  } finally {
    await Promise.all(Object.values(pools).map((pool) => pool.close()));
    recorded.trace.close();
  }
}
