/**
 * Recoveries a second on one lane, against the raw ceiling: mount, list, unmount of the same dirty image on a
 * loop device over a file in memory, through the same koffi calls. The raw image is put back between two
 * recoveries, outside the timed part; a lane has nothing to put back.
 *
 * A lane's recovery also opens and reads the file that the workload had synced, and says what it found.
 */
import { readdirSync } from 'node:fs';
import { unmount } from '../harness/attach/libc.js';
import { mountStorage } from '../harness/attach/mounting.js';
import { CrashImage } from '../harness/explore/crash-image.js';
import { EagerDecisions } from '../harness/explore/decisions.js';
import { startLanes } from '../harness/explore/lane-client.js';
import { LanePool } from '../harness/explore/lane-pool.js';
import type { FileSystem } from '../harness/scenario/schema/storage.js';
import { type BenchContext, type Benchmark, type Measured, repeats } from './benchmark.js';
import type { Lab } from './lab.js';
import { median } from './median.js';
import { contentOf, RamDisk } from './ram-disk.js';
import { type RecordedTrace, recordTrace } from './recorded-trace.js';

const recoveriesPerRound = 20;

export function recoveries(fs: FileSystem, goal: number | null): Benchmark {
  return {
    name: `recoveries_${fs}`,
    about: `${fs}: recoveries a second on one lane; baseline: raw mount, list and unmount of the same image`,
    goal,
    better: 'more',
    measure: (context) => measure(fs, context),
  };
}

async function measure(fs: FileSystem, context: BenchContext): Promise<Measured> {
  const { lab, say, signal } = context;
  const recorded = await recordTrace(context, {
    name: `recoveries-${fs}`,
    workload: { run: 'python3 $WORKLOADS/seeds/directory_sync.py' },
    ack: { stdout: '^(Synced .+)$' },
    storage: [{ fs }],
  });
  // After the ack, before the last sync: what the program synced still has to be taken from the journal or log.
  const point = recorded.traced.points.findLast(({ reason }) => reason === 'ack')!.id;
  const raw = rawRecovery(lab, recorded, point);
  const pool = await LanePool.start(
    { traceFolder: recorded.folder, lanes: startLanes({ space: lab.space, fs, lanes: 1 }) },
    () => {},
  );
  try {
    const lane = async (): Promise<number> => {
      const started = performance.now();
      const judged = await Promise.all(
        Array.from({ length: recoveriesPerRound }, () => pool.judge(point, [], { fromMemory: false })),
      );
      const elapsedMs = performance.now() - started;
      const problem = judged.flatMap(({ problems }) => problems)[0];
      if (problem) throw new Error(`a recovery that loses nothing found: ${problem.detail}`);
      return elapsedMs;
    };
    await lane();
    raw.recover(recoveriesPerRound);
    const laneMs: number[] = [];
    const rawMs: number[] = [];
    const rounds = repeats(15, context);
    say(`${rounds} rounds of ${recoveriesPerRound} recoveries each way on ${fs}`);
    for (let round = 0; round < rounds; round++) {
      signal.throwIfAborted();
      laneMs.push(await lane());
      rawMs.push(raw.recover(recoveriesPerRound));
    }
    return {
      value: (recoveriesPerRound * 1000) / median(laneMs),
      baseline: (recoveriesPerRound * 1000) / median(rawMs),
      unit: 'recoveries/s',
      details: {
        recovery_ms: median(laneMs) / recoveriesPerRound,
        raw_ms: median(rawMs) / recoveriesPerRound,
        rounds,
      },
    };
  } finally {
    await pool.close();
    raw.close();
    recorded.trace.close();
  }
}

function rawRecovery(
  lab: Lab,
  { trace, traced }: RecordedTrace,
  point: number,
): { recover(count: number): number; close(): void } {
  const { manifest } = trace;
  const storage = manifest.scenario.storage[manifest.storage]!;
  const image = new CrashImage(traced.recording, traced.points[point]!, new EagerDecisions([]));
  const content = contentOf(image, manifest.size_bytes);
  const disk = RamDisk.attach(lab, 'raw', manifest.size_bytes);
  const root = lab.folder('raw');
  lab.space.note({ kind: 'mount', what: root });
  return {
    /** Milliseconds that `count` recoveries took, without putting the image back. */
    recover(count) {
      let elapsedMs = 0;
      for (let i = 0; i < count; i++) {
        disk.fill(content);
        const started = performance.now();
        mountStorage(disk.device, root, storage);
        const names = readdirSync(root);
        unmount(root);
        elapsedMs += performance.now() - started;
        if (names.length === 0) throw new Error('the raw image is empty');
      }
      return elapsedMs;
    },
    close: () => disk.detach(),
  };
}
