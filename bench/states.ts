/**
 * How much is proven, and how fast: every crash state of a recording explored with one lane a core, the start of
 * the lanes included, beside the usual way over the same recording with the same checks.
 */
import type { Exploration } from '../harness/explore/exploration.js';
import type { ScenarioInput } from '../harness/scenario/schema/scenario.js';
import type { FileSystem } from '../harness/scenario/schema/storage.js';
import { type BenchContext, type Benchmark, type Measured, repeats } from './benchmark.js';
import { exploreOnce } from './explore-once.js';
import { median } from './median.js';
import { programsFolder, recordTrace } from './recorded-trace.js';
import { usualWay } from './usual-way.js';

export function statesSqlite(fs: FileSystem): Benchmark {
  return states(`states_sqlite_${fs}`, `3 sqlite transactions on ${fs}`, {
    name: `sqlite-${fs}`,
    workload: { run: 'python3 $WORKLOADS/apps/sqlite_workload.py DELETE FULL 3' },
    ack: { stdout: '^(Committed \\d+)$' },
    // Consistent, not durable: sqlite itself allows an acknowledged transaction to roll back in this mode.
    checker: { run: 'python3 $WORKLOADS/apps/sqlite_check.py --persistent', persistent: true },
    storage: [{ fs }],
  });
}

export function statesRename(fs: FileSystem): Benchmark {
  return states(`states_rename_${fs}`, `40 files created and renamed, one sync, on ${fs}`, {
    name: `rename-${fs}`,
    workload: { run: `python3 ${programsFolder}/renames.py 40` },
    ack: { stdout: '^(Renamed)$' },
    storage: [{ fs }],
  });
}

function states(name: string, what: string, input: ScenarioInput): Benchmark {
  return {
    name,
    about: `${what}: crash states proven a second; baseline: checked a second in the usual way`,
    goal: null,
    better: 'more',
    measure: (context) => measure(input, context),
  };
}

async function measure(input: ScenarioInput, context: BenchContext): Promise<Measured> {
  const { lab, signal, say } = context;
  const recorded = await recordTrace(context, input);
  const usual = usualWay(lab, recorded);
  try {
    const proveMs: number[] = [];
    const startsMs: number[] = [];
    const usualMs: number[] = [];
    const rounds = repeats(3, context);
    let last: Exploration | undefined;
    let usualStates = 0;
    for (let round = 0; round < rounds; round++) {
      say(`round ${round + 1} of ${rounds}: exploring`);
      const { exploration, totalMs, startMs } = await exploreOnce(recorded, { lab, signal });
      proveMs.push(totalMs);
      startsMs.push(startMs);
      last = exploration;
      signal.throwIfAborted();
      say(`round ${round + 1} of ${rounds}: the usual way`);
      const started = performance.now();
      usualStates = usual.run().states;
      usualMs.push(performance.now() - started);
      signal.throwIfAborted();
    }
    const { states, recoveries, exhaustive, crashPoints, pendingWrites, outcome } = last!;
    const timeMs = median(proveMs);
    return {
      value: (Number(states) * 1000) / timeMs,
      baseline: (usualStates * 1000) / median(usualMs),
      unit: 'states/s',
      details: {
        states: states.toString(),
        recoveries,
        exhaustive,
        outcome,
        crash_points: crashPoints,
        pending_writes: pendingWrites,
        time_ms: timeMs,
        lane_start_ms: median(startsMs),
        usual_states: usualStates,
        usual_time_ms: median(usualMs),
        rounds,
      },
    };
  } finally {
    usual.close();
    recorded.trace.close();
  }
}
