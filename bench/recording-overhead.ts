/** What recording costs: the same program on the recorded disk and on a plain one, in turns. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { type BenchContext, type Benchmark, type Measured, repeats } from './benchmark.js';
import { type MountedDisk, plainDisk, recordedDisk } from './compared-disks.js';
import { median } from './median.js';
import { programsFolder } from './recorded-trace.js';

interface Load {
  name: string;
  about: string;
  program: string;
  /** Files or MiB. */
  amount: number;
}

export const recordFsync = overhead({
  name: 'record_fsync',
  about: '500 times create and fsync on the recorded disk; baseline: on a plain loop device',
  program: 'create_fsync.py',
  amount: 500,
});

export const recordStream = overhead({
  name: 'record_stream',
  about: '64 MiB written and synced on the recorded disk; baseline: on a plain loop device',
  program: 'stream.py',
  amount: 64,
});

function overhead(load: Load): Benchmark {
  const { name, about } = load;
  return { name, about, goal: null, better: 'less', measure: (context) => measure(load, context) };
}

async function measure(load: Load, context: BenchContext): Promise<Measured> {
  const { lab, say, signal } = context;
  const amount = Math.max(1, Math.round(load.amount * Math.min(1, context.scale)));
  const disks: MountedDisk[] = [];
  try {
    say('making a recorded and a plain disk');
    disks.push(await recordedDisk(lab), await plainDisk(lab));
    const [recordedMs, plainMs] = disks.map((): number[] => []) as [number[], number[]];
    const rounds = repeats(7, context);
    for (let round = 0; round <= rounds; round++) {
      say(round === 0 ? 'warming up' : `round ${round} of ${rounds}`);
      for (const [which, times] of [recordedMs, plainMs].entries()) {
        signal.throwIfAborted();
        const target = join(disks[which]!.root, `round-${round}`);
        const { stdout } = await execa(
          'python3',
          [join(programsFolder, load.program), target, String(amount)],
          { cancelSignal: signal },
        );
        if (round > 0) times.push(Number(stdout));
        // The next round shall find as much room, and nothing left to write back.
        rmSync(target, { recursive: true });
        await execa('sync', ['--file-system', disks[which]!.root]);
      }
    }
    return {
      value: median(recordedMs),
      baseline: median(plainMs),
      unit: 'ms',
      details: { amount, per_second: (amount * 1000) / median(recordedMs), rounds },
    };
  } finally {
    for (const disk of disks) await disk.close();
  }
}
