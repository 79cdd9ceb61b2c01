/**
 * Programs that give very many acks: what a run costs must grow with the disk contents there are, not with what was
 * said over them. There is nothing to compare it with but the goal.
 */
import { execa } from 'execa';
import type { Results } from '../harness/verdict/results.js';
import type { BenchContext, Benchmark, Measured } from './benchmark.js';
import { plugpullPath } from './checkout.js';
import { programsFolder } from './recorded-trace.js';

interface Given {
  name: string;
  program: string;
  about: string;
  count: number;
  goalMs: number;
}

const benchOf = ({ name, program, about, count, goalMs }: Given): Benchmark => ({
  name,
  about: `plugpull run of ${about}, calibrated; baseline: the goal`,
  goal: 1,
  better: 'less',
  async measure({ lab, say, signal }: BenchContext): Promise<Measured> {
    say(`${count} acks`);
    const started = performance.now();
    const command = ['python3', `${programsFolder}/${program}`, `${count}`];
    const options = ['--fs', 'ext4', '--ack-stdout', '^ack (.*)$', '--out', lab.path('results'), '--json'];
    const { stdout } = await execa(plugpullPath, ['run', ...options, '--', ...command], {
      detached: true,
      cancelSignal: signal,
      forceKillAfterDelay: 15_000,
      reject: false,
    });
    const value = performance.now() - started;
    const [run] = (JSON.parse(stdout) as Results).runs;
    const [coverage] = run!.coverage;
    return {
      value,
      baseline: goalMs,
      unit: 'ms',
      details: {
        acks: count,
        verdict: run!.verdict,
        crash_points: coverage!.crash_points,
        recoveries: coverage!.recoveries,
        exhaustive: coverage!.exhaustive,
        record_ms: run!.timing_ms.record ?? 0,
        explore_ms: run!.timing_ms.explore ?? 0,
      },
    };
  },
});

export const manyAcks: readonly Benchmark[] = [
  benchOf({
    name: 'acks_10000',
    program: 'many_acks.py',
    about: '10,000 acks over one unchanged disk',
    count: 10_000,
    goalMs: 5000,
  }),
  benchOf({
    name: 'fsync_2000',
    program: 'many_fsyncs.py',
    about: '2,000 appends to one file, each with fsync and an ack',
    count: 2000,
    goalMs: 60_000,
  }),
];
