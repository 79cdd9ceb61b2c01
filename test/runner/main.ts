/**
 * Runs the built test files: `npm test -- [--jobs N] [--timeout SECONDS] [WORD...]`.
 *
 * Each file is a program that prints TAP (the tap library does so by itself). They are not run with `tap run`: that
 * first builds a copy of tap's plugins with npm, which costs seconds and wants a registry.
 */
import { availableParallelism } from 'node:os';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { pathToPlainPython } from '../../bench/plain-python.js';
import { removeDeadBenches } from './benches.js';
import { findTestFiles } from './find-files.js';
import { type FileRun, runFile } from './run-file.js';
import { addTally, emptyTally } from './tally.js';
import { fileReport, lastLine, skipReport, timeReport } from './wording.js';

const root = join(import.meta.dirname, '../../..');
const total = emptyTally();
const running = new Set<FileRun>();
let interrupted = false;
let cpuMs = 0;

try {
  const { jobs, timeoutMs, words } = options(process.argv.slice(2));
  const files = findTestFiles(join(root, 'dist/test'), words);
  if (files.parallel.length + files.serial.length === 0) {
    throw new Error(
      words.length > 0 ? `no test file's path contains ${words.join(' or ')}` : 'there are no test files',
    );
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      interrupted = true;
      for (const run of running) run.stop(`interrupted by ${signal}`);
    });
  }
  // What a test run that was killed left would be in the way of nobody, but loop devices and memory are few.
  removeDeadBenches();
  process.env.PATH = pathToPlainPython();
  await runAll(files.parallel, jobs, timeoutMs);
  await runAll(files.serial, 1, timeoutMs);
} catch (error) {
  total.failed += 1;
  console.log(error instanceof Error ? error.message : error);
}

// Of files that were ended here.
removeDeadBenches();
for (const line of skipReport(total.skipped)) console.log(line);
console.log(timeReport(performance.now(), cpuMs));
console.log(lastLine(total));
process.exitCode = interrupted ? 130 : total.failed > 0 ? 1 : 0;

async function runAll(files: string[], jobs: number, timeoutMs: number): Promise<void> {
  const queue = [...files];
  const worker = async (): Promise<void> => {
    for (let file = queue.shift(); file !== undefined && !interrupted; file = queue.shift()) {
      const run = runFile(file, { cwd: root, timeoutMs });
      running.add(run);
      const result = await run.result;
      running.delete(run);
      addTally(total, result.tally);
      cpuMs += result.cpuMs;
      console.log(fileReport(relative(join(root, 'dist'), file).replace(/\.js$/, '.ts'), result));
    }
  };
  await Promise.all(Array.from({ length: jobs }, worker));
}

function options(args: string[]): { jobs: number; timeoutMs: number; words: string[] } {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      jobs: { type: 'string', default: String(Math.min(2, availableParallelism()) + 2) },
      timeout: { type: 'string', default: '600' },
    },
  });
  return {
    jobs: positive('--jobs', values.jobs),
    timeoutMs: positive('--timeout', values.timeout) * 1000,
    words: positionals,
  };
}

function positive(option: string, text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) {
    throw new Error(`${option}: expected a whole number from 1 up, got ${JSON.stringify(text)}`);
  }
  return number;
}
