/**
 * Recoveries a second of one lane in User-mode Linux, judging included, against the raw ceiling of the host: mount, list,
 * unmount of the same dirty image on a loop device over a file in memory. And of two such lanes against one.
 *
 * Both ways have the blocks that a recovery changed put back outside the timed part: the lane drops its overlay.
 */
import { readdirSync } from 'node:fs';
import { unmount } from '../harness/attach/libc.js';
import { mountStorage } from '../harness/attach/mounting.js';
import { CrashImage } from '../harness/explore/crash-image.js';
import { EagerDecisions } from '../harness/explore/decisions.js';
import { LanePool } from '../harness/explore/lane-pool.js';
import type { FileSystem } from '../harness/scenario/schema/storage.js';
import { umlKernel } from '../vm/image/uml-kernel.js';
import { startUmlLanes } from '../vm/lane/uml/uml-lane.js';
import { type BenchContext, type Benchmark, type Measured, repeats } from './benchmark.js';
import { ChangedDisk } from './changed-disk.js';
import { median } from './median.js';
import { type RecordedTrace, recordTrace } from './recorded-trace.js';

const recoveriesPerRound = 40;

export function umlRecoveries(fs: FileSystem, goal: number): Benchmark {
  return {
    name: `uml_recoveries_${fs}`,
    about: `${fs}: recoveries a second on one lane in User-mode Linux; baseline: raw mount, list and unmount of the same image on the host`,
    goal,
    better: 'more',
    measure: (context) => measure(fs, context),
  };
}

export const umlTwoLanes: Benchmark = {
  name: 'uml_two_lanes',
  about: 'ext4: recoveries a second on two lanes in User-mode Linux; baseline: on one',
  goal: 1.8,
  better: 'more',
  async measure(context) {
    const recorded = await dirty('ext4', context);
    const one = await Lanes.start(context, recorded, 1);
    const two = await Lanes.start(context, recorded, 2);
    try {
      const rates: [number[], number[]] = [[], []];
      for (let round = repeats(15, context); round > 0; round--) {
        context.signal.throwIfAborted();
        rates[0].push(await one.rate(recoveriesPerRound));
        rates[1].push(await two.rate(2 * recoveriesPerRound));
      }
      return { value: median(rates[1]), baseline: median(rates[0]), unit: 'recoveries/s', details: {} };
    } finally {
      await one.close();
      await two.close();
      recorded.trace.close();
    }
  },
};

async function measure(fs: FileSystem, context: BenchContext): Promise<Measured> {
  const recorded = await dirty(fs, context);
  const lane = await Lanes.start(context, recorded, 1);
  const raw = new Ceiling(context, recorded);
  try {
    raw.learn();
    const lanes: number[] = [];
    const raws: number[] = [];
    const rounds = repeats(15, context);
    context.say(`${rounds} rounds of ${recoveriesPerRound} recoveries each way on ${fs}`);
    for (let round = 0; round < rounds; round++) {
      context.signal.throwIfAborted();
      lanes.push(await lane.rate(recoveriesPerRound));
      raws.push(raw.rate(recoveriesPerRound));
    }
    return {
      value: median(lanes),
      baseline: median(raws),
      unit: 'recoveries/s',
      details: { rounds, best: Math.max(...lanes), best_raw: Math.max(...raws) },
    };
  } finally {
    await lane.close();
    raw.close();
    recorded.trace.close();
  }
}

function dirty(fs: FileSystem, context: BenchContext): Promise<RecordedTrace> {
  return recordTrace(context, {
    name: `uml-recoveries-${fs}`,
    workload: { run: 'python3 $WORKLOADS/seeds/directory_sync.py' },
    ack: { stdout: '^(Synced .+)$' },
    storage: [{ fs }],
  });
}

/** After the ack, before the last sync: what the program synced still has to be taken from the journal or log. */
function dirtyPoint({ traced }: RecordedTrace): number {
  return traced.points.findLast(({ reason }) => reason === 'ack')!.id;
}

class Lanes {
  private constructor(
    private readonly pool: LanePool,
    private readonly point: number,
  ) {}

  static async start({ lab }: BenchContext, recorded: RecordedTrace, count: number): Promise<Lanes> {
    const { manifest } = recorded.trace;
    const lanes = startUmlLanes({
      space: lab.space,
      kernel: umlKernel('uml', {}),
      storage: manifest.scenario.storage[manifest.storage]!,
      sizeBytes: manifest.size_bytes!,
      lanes: count,
    });
    const pool = await LanePool.start({ traceFolder: recorded.folder, lanes, recoveriesALane: 0 }, () => {});
    const started = new Lanes(pool, dirtyPoint(recorded));
    await started.rate(count * 10);
    return started;
  }

  async rate(count: number): Promise<number> {
    const started = performance.now();
    const judged = await Promise.all(
      Array.from({ length: count }, () => this.pool.judge(this.point, [], { fromMemory: false })),
    );
    const elapsedMs = performance.now() - started;
    const problem = judged.flatMap(({ problems }) => problems)[0];
    if (problem) throw new Error(`a recovery that loses nothing found: ${problem.detail}`);
    return (count * 1000) / elapsedMs;
  }

  close(): Promise<void> {
    return this.pool.close();
  }
}

class Ceiling {
  readonly #disk: ChangedDisk;
  readonly #root: string;

  constructor(
    { lab }: BenchContext,
    private readonly recorded: RecordedTrace,
  ) {
    const { traced, trace } = recorded;
    const point = traced.points[dirtyPoint(recorded)]!;
    const image = new CrashImage(traced.recording, point, new EagerDecisions([]));
    this.#disk = ChangedDisk.of(lab, image, trace.manifest.size_bytes!);
    this.#root = lab.folder('ceiling');
    lab.space.note({ kind: 'mount', what: this.#root });
  }

  /** What a recovery changes, from a few of them: which blocks it writes hardly varies. */
  learn(): void {
    for (let i = 0; i < 3; i++) {
      this.#recover();
      this.#disk.learn();
      this.#disk.restore();
    }
  }

  rate(count: number): number {
    let elapsedMs = 0;
    for (let i = 0; i < count; i++) {
      elapsedMs += this.#recover();
      this.#disk.restore();
    }
    return (count * 1000) / elapsedMs;
  }

  close(): void {
    this.#disk.detach();
  }

  #recover(): number {
    const { manifest } = this.recorded.trace;
    const started = performance.now();
    mountStorage(this.#disk.device, this.#root, manifest.scenario.storage[manifest.storage]!);
    const names = readdirSync(this.#root);
    unmount(this.#root);
    const elapsedMs = performance.now() - started;
    if (names.length === 0) throw new Error('the raw image is empty');
    return elapsedMs;
  }
}
