import { type Exploration, exploreTrace } from '../harness/explore/exploration.js';
import { startLanes } from '../harness/explore/lane-client.js';
import { LanePool } from '../harness/explore/lane-pool.js';
import type { Lab } from './lab.js';
import type { RecordedTrace } from './recorded-trace.js';

/** An exploration and what it took; the start of the lanes is part of `totalMs`. */
export interface TimedExploration {
  exploration: Exploration;
  totalMs: number;
  startMs: number;
}

export async function exploreOnce(
  { folder, trace, traced }: RecordedTrace,
  options: { lab: Lab; lanes?: number; signal: AbortSignal },
): Promise<TimedExploration> {
  const { lab, lanes, signal } = options;
  const started = performance.now();
  let startMs = 0;
  const { fs } = trace.manifest.scenario.storage[trace.manifest.storage]!;
  const exploration = await exploreTrace({
    traced,
    // Auditing is no part of proving.
    explore: { ...trace.manifest.scenario.explore, audit: 0 },
    progressFile: null,
    signal,
    startPool: async (onLeaf) => {
      const pool = await LanePool.start(
        { traceFolder: folder, lanes: startLanes({ space: lab.space, fs, lanes }) },
        onLeaf,
      );
      startMs = performance.now() - started;
      return pool;
    },
  });
  return { exploration, totalMs: performance.now() - started, startMs };
}
