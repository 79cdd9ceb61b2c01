/**
 * Two lanes against one: the wall time of exploring two traces, one with many crash points and one with a crash
 * point that needs most of the recoveries, so that lanes must share what is inside it. The start of the lanes
 * counts.
 */
import type { ScenarioInput } from '../harness/scenario/schema/scenario.js';
import { type BenchContext, type Benchmark, type Measured, repeats } from './benchmark.js';
import { exploreOnce } from './explore-once.js';
import { median } from './median.js';
import { programsFolder, recordTrace } from './recorded-trace.js';

const manyPoints: ScenarioInput = {
  name: 'many-points',
  workload: { run: 'python3 $WORKLOADS/apps/sqlite_workload.py DELETE FULL 100' },
  ack: { stdout: '^(Committed \\d+)$' },
  promise: { snapshot: false },
  storage: [{ fs: 'ext4' }],
};
const onePoint: ScenarioInput = {
  name: 'one-point',
  workload: { run: `python3 ${programsFolder}/overwrite.py 7` },
  ack: { stdout: '^(Written)$' },
  checker: { run: `python3 ${programsFolder}/read_all.py`, persistent: true },
  storage: [{ fs: 'ext4' }],
};

export const twoLanes: Benchmark = {
  name: 'two_lanes',
  about: 'wall time of exploring two traces with two lanes; baseline: with one lane',
  goal: 1.6,
  better: 'less',
  measure,
};

async function measure(context: BenchContext): Promise<Measured> {
  const { lab, signal, say } = context;
  const traces = [await recordTrace(context, manyPoints), await recordTrace(context, onePoint)];
  // Per number of lanes, per trace, the times.
  const times = [1, 2].map(() => traces.map((): number[] => []));
  const recoveries = [1, 2].map((): number[] => []);
  const starts: number[] = [];
  const rounds = repeats(5, context);
  for (let round = 0; round < rounds; round++) {
    for (const [which, recorded] of traces.entries()) {
      for (const lanes of [1, 2]) {
        say(`round ${round + 1} of ${rounds}: ${recorded.trace.manifest.scenario.name}, ${lanes} lanes`);
        const { exploration, totalMs, startMs } = await exploreOnce(recorded, { lab, lanes, signal });
        if (!exploration.exhaustive) throw new Error('a trace was not explored whole');
        times[lanes - 1]![which]!.push(totalMs);
        recoveries[lanes - 1]![which] = exploration.recoveries;
        starts.push(startMs);
      }
    }
  }
  const [one, two] = times.map((perTrace) => perTrace.map(median));
  const sum = (values: number[]): number => values.reduce((total, value) => total + value, 0);
  for (const { trace } of traces) trace.close();
  return {
    value: sum(two!),
    baseline: sum(one!),
    unit: 'ms',
    details: {
      many_points_ratio: one![0]! / two![0]!,
      // Lanes do not share what they remember: two may recover what one of them would have remembered.
      many_points_recoveries_one_lane: recoveries[0]![0]!,
      many_points_recoveries_two_lanes: recoveries[1]![0]!,
      one_point_ratio: one![1]! / two![1]!,
      one_point_recoveries_one_lane: recoveries[0]![1]!,
      one_point_recoveries_two_lanes: recoveries[1]![1]!,
      lane_start_ms: median(starts),
      rounds,
    },
  };
}
