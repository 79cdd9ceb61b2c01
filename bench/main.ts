/**
 * npm run bench [-- [--json] [--scale N] [--list] NAME...]
 *
 * Progress goes to standard error, the table or the JSON document to standard output. Exit code 0 when every
 * benchmark gave a number, 70 when one failed; a goal that is missed shows in the table.
 */
import { parseArgs } from 'node:util';
import { interruptible } from '../harness/cli/interrupt.js';
import { hostRunNeed, lackReport, missingFor } from '../harness/doctor/need.js';
import { describeEnvironment } from '../harness/run/planning/environment.js';
import { PlugpullError, UnavailableError, UsageError } from '../harness/verdict/errors.js';
import { exitCode } from '../harness/verdict/exit-code.js';
import { type Benchmark, type BenchResult, resultOf } from './benchmark.js';
import { benchmarks } from './catalogue.js';
import { Lab } from './lab.js';
import { pathToPlainPython } from './plain-python.js';
import { select } from './selection.js';
import { table } from './table.js';

interface Options {
  json: boolean;
  list: boolean;
  scale: number;
  selected: Benchmark[];
}

function optionsOf(args: string[]): Options {
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse(args);
  } catch (error) {
    throw new UsageError(`bench: ${(error as Error).message}`);
  }
  const { json, list, scale } = parsed.values;
  if (!(Number(scale) > 0)) throw new UsageError(`bench: --scale: expected a number above 0, got ${scale}`);
  return { json, list, scale: Number(scale), selected: select(benchmarks, parsed.positionals) };
}

function parse(args: string[]) {
  return parseArgs({
    args,
    allowPositionals: true,
    options: {
      json: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
      /** How often to repeat, 1 being enough for numbers worth quoting. */
      scale: { type: 'string', default: '1' },
    },
  });
}

/** Runs one after the other; one that fails does not keep the others from running. */
async function measureAll({ selected, scale }: Options, signal: AbortSignal): Promise<BenchResult[]> {
  const results: BenchResult[] = [];
  for (const benchmark of selected) {
    signal.throwIfAborted();
    const say = (text: string): void => void process.stderr.write(`${benchmark.name}: ${text}\n`);
    const lab = Lab.open();
    try {
      results.push(resultOf(benchmark, await benchmark.measure({ lab, scale, signal, say })));
    } catch (error) {
      signal.throwIfAborted();
      say(`failed: ${(error as Error).stack ?? error}`);
      process.exitCode = exitCode.internal;
    } finally {
      for (const what of lab.close()) say(`could not remove ${what}; try plugpull doctor --clean`);
    }
  }
  return results;
}

async function main(): Promise<void> {
  const options = optionsOf(process.argv.slice(2));
  if (options.list) {
    for (const { name, about } of options.selected) process.stdout.write(`${name.padEnd(20)} ${about}\n`);
    return;
  }
  process.env.PATH = pathToPlainPython();
  const missing = missingFor({
    ...hostRunNeed(['ext4', 'ext2', 'xfs', 'btrfs']),
    commands: ['nbdfuse', 'python3', 'strace'],
  });
  if (missing.length > 0) throw new UnavailableError(lackReport(missing));
  const results = await interruptible((signal) => measureAll(options, signal));
  if (results === 'interrupted') {
    process.exitCode = exitCode.interrupted;
    return;
  }
  const environment = describeEnvironment();
  if (options.json) {
    const document = { schema: 'plugpull.bench/1', environment, scale: options.scale, results };
    process.stdout.write(`${JSON.stringify(document)}\n`);
  } else {
    process.stdout.write(`${Object.values(environment).join(', ')}\n\n${table(results).join('\n')}\n`);
    process.stdout.write('\nratio: speed against the baseline; 1 is as fast, 2 twice as fast\n');
  }
}

try {
  await main();
} catch (error) {
  if (!(error instanceof PlugpullError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = error.exitCode;
}
