/**
 * What tracing costs: a program under strace, with all that a run asks of it, and the same one by itself, in turns. The
 * files are in memory, where fsync costs nothing, so this is tracing at its most expensive.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { runTraced } from '../../harness/contract/tracing/traced-run.js';
import { UnavailableError } from '../../harness/verdict/errors.js';
import { type BenchContext, type Benchmark, type Measured, repeats } from '../benchmark.js';
import { median } from '../median.js';
import { programsFolder } from '../recorded-trace.js';

const files = 2000;

export const tracingOverhead: Benchmark = {
  name: 'trace_overhead',
  about: `${files} times create and fsync in memory under strace, as a run traces it; baseline: untraced`,
  goal: null,
  better: 'less',
  measure,
};

async function measure(context: BenchContext): Promise<Measured> {
  const { lab, say, signal, scale } = context;
  const amount = Math.max(1, Math.round(files * Math.min(1, scale)));
  const [traced, plain] = [[], []] as [number[], number[]];
  const rounds = repeats(7, context);
  const logFile = lab.path('calls.strace');
  for (let round = 0; round <= rounds; round++) {
    say(round === 0 ? 'warming up' : `round ${round} of ${rounds}`);
    for (const [times, trace] of [[traced, { logFile }] as const, [plain, null] as const]) {
      const directory = lab.path('workload');
      mkdirSync(directory);
      const { exitCode, elapsedMs, stderr } = await runTraced({
        command: `python3 '${join(programsFolder, 'create_fsync.py')}' files ${amount}`,
        directory,
        env: process.env,
        timeoutMs: 120_000,
        trace,
        signal,
      });
      if (exitCode !== 0) throw new UnavailableError(`the program ended with ${exitCode}: ${stderr}`);
      if (round > 0) times.push(elapsedMs);
      rmSync(directory, { recursive: true });
    }
  }
  return {
    value: median(traced),
    baseline: median(plain),
    unit: 'ms',
    details: { files: amount, rounds },
  };
}
