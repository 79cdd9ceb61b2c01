/**
 * How fast 100,000 system calls are understood and judged, and how much memory that takes: the log of each of a few
 * programs, each judged in a process of its own. The slowest counts, and the hungriest.
 */
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { type BenchContext, type Benchmark, type Measured, repeats } from '../benchmark.js';
import { median } from '../median.js';
import { type ProgramName, programs, writeCallLog } from './call-log.js';
import type { JudgedOnce } from './judge-log-once.js';

const fullCalls = 100_000;
const goalSeconds = 10;
const goalMib = 1024;

export const contractCalls: Benchmark = {
  name: 'contract_calls',
  about: `system calls parsed and judged a second, of the slowest of ${names().length} programs; baseline: ${fullCalls.toLocaleString('en')} in ${goalSeconds} s`,
  goal: 1,
  better: 'more',
  async measure(context) {
    const judged = await judgedAll(context);
    const rate = ({ calls, parse_ms, judge_ms }: JudgedOnce): number =>
      (calls / (parse_ms + judge_ms)) * 1000;
    return {
      value: Math.min(...[...judged.values()].map(rate)),
      baseline: fullCalls / goalSeconds,
      unit: 'calls/s',
      details: Object.fromEntries(
        [...judged].flatMap(([name, one]) => [
          [`${name}_parsed_per_s`, Math.round((one.calls / one.parse_ms) * 1000)],
          [`${name}_judged_per_s`, Math.round((one.calls / one.judge_ms) * 1000)],
        ]),
      ),
    };
  },
};

export const contractMemory: Benchmark = {
  name: 'contract_memory',
  about: `most memory a process holds that judges ${fullCalls.toLocaleString('en')} system calls; baseline: the goal`,
  goal: 1,
  better: 'less',
  async measure(context) {
    const judged = await judgedAll(context);
    return {
      value: Math.max(...[...judged.values()].map(({ peak_mib }) => peak_mib)),
      baseline: goalMib,
      unit: 'MiB',
      details: Object.fromEntries([...judged].map(([name, { peak_mib }]) => [`${name}_mib`, peak_mib])),
    } satisfies Measured;
  },
};

function names(): ProgramName[] {
  return Object.keys(programs) as ProgramName[];
}

/** By scale. Speed and memory are of the same processes: a command that asks for both starts them once. */
const judgings = new Map<number, Promise<Map<ProgramName, JudgedOnce>>>();

function judgedAll(context: BenchContext): Promise<Map<ProgramName, JudgedOnce>> {
  const judging = judgings.get(context.scale) ?? judgeAll(context);
  judgings.set(context.scale, judging);
  return judging;
}

/** One measurement a program: the median of a few by time. */
async function judgeAll(context: BenchContext): Promise<Map<ProgramName, JudgedOnce>> {
  const { lab, say, signal, scale } = context;
  const calls = Math.round(fullCalls * Math.min(1, scale));
  const judged = new Map<ProgramName, JudgedOnce>();
  for (const name of names()) {
    const log = lab.path(`${name}.strace`);
    writeCallLog(log, name, calls);
    const runs: JudgedOnce[] = [];
    const rounds = repeats(3, context);
    for (let round = 1; round <= rounds; round++) {
      say(`${name}: ${round} of ${rounds}`);
      signal.throwIfAborted();
      const program = fileURLToPath(new URL('./judge-log-once.js', import.meta.url));
      const { stdout } = await execa(process.execPath, [program, log], { cancelSignal: signal });
      runs.push(JSON.parse(stdout) as JudgedOnce);
    }
    rmSync(log);
    const times = runs.map(({ parse_ms, judge_ms }) => parse_ms + judge_ms);
    const middle = median(times);
    const [closest] = runs
      .map((run, index) => ({ run, off: Math.abs(times[index]! - middle) }))
      .sort((a, b) => a.off - b.off);
    judged.set(name, closest!.run);
    say(`${name}: ${Math.round(middle)} ms for ${closest!.run.calls} calls, ${closest!.run.outcome}`);
  }
  return judged;
}
