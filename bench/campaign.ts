/**
 * npm run campaign [-- [--seed N] [--count N] [--resume FILE] [--only WORD] [--list] NAME...]
 *
 * Long runs, one after the other, with progress as they go and a summary at the end. Exit code 0 when all held, 1
 * when one did not; the summary then says how to see it again.
 */
import { parseArgs } from 'node:util';
import { interruptible } from '../harness/cli/interrupt.js';
import { shellQuote } from '../harness/scenario/shell-quote.js';
import { PlugpullError, UsageError } from '../harness/verdict/errors.js';
import { exitCode } from '../harness/verdict/exit-code.js';
import { type Campaign, CampaignFailure } from './campaign/campaign.js';
import { corruptImages } from './campaign/corrupt-images.js';
import { differential } from './campaign/differential.js';
import { dockerfile } from './campaign/dockerfile.js';
import { shownCommands } from './campaign/docs.js';
import { f2fs } from './campaign/f2fs.js';
import { failedFsync } from './campaign/failed-fsync.js';
import { findingsCampaign } from './campaign/findings.js';
import { fullDisks } from './campaign/full-disks.js';
import { fuzzAcks, fuzzCalls, fuzzLog, fuzzNbd, fuzzTexts, fuzzVhostUser } from './campaign/fuzz.js';
import { kernelMatrix } from './campaign/kernels.js';
import { kill9, killUml, killVm } from './campaign/kill-9.js';
import { live, liveServers } from './campaign/live.js';
import { shippedMutants } from './campaign/mutants.js';
import { programs } from './campaign/programs/programs.js';
import { properties } from './campaign/properties.js';
import { propertiesTable } from './campaign/properties-table.js';
import { audit, granularity, matrix, servers } from './campaign/scenario-runs.js';
import { steadiness } from './campaign/steadiness.js';
import { testcontainers } from './campaign/testcontainers.js';
import { select } from './selection.js';

const campaigns: readonly Campaign[] = [
  fuzzLog,
  fuzzCalls,
  fuzzTexts,
  fuzzAcks,
  fuzzNbd,
  fuzzVhostUser,
  properties,
  kill9,
  killVm,
  killUml,
  fullDisks,
  corruptImages,
  audit,
  matrix,
  granularity,
  differential,
  kernelMatrix,
  f2fs,
  failedFsync,
  propertiesTable,
  findingsCampaign,
  programs,
  shippedMutants,
  steadiness,
  live,
  servers,
  liveServers,
  testcontainers,
  dockerfile,
  shownCommands,
];

interface Options {
  selected: Campaign[];
  seed: number;
  count: number | null;
  resume: string | null;
  only: string | null;
  list: boolean;
}

interface Ended {
  name: string;
  seconds: number;
  said: string;
  held: boolean;
}

function optionsOf(args: string[]): Options {
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse(args);
  } catch (error) {
    throw new UsageError(`campaign: ${(error as Error).message}`);
  }
  const { seed, count, resume = null, only = null, list } = parsed.values;
  return {
    selected: select(campaigns, parsed.positionals),
    seed: seed === undefined ? Date.now() % 0x7fffffff : wholeNumber('--seed', seed, 0),
    count: count === undefined ? null : wholeNumber('--count', count, 1),
    resume,
    only,
    list,
  };
}

function parse(args: string[]) {
  return parseArgs({
    args,
    allowPositionals: true,
    options: {
      seed: { type: 'string' },
      /** Inputs, killed runs or audit samples, instead of what each campaign is meant for. */
      count: { type: 'string' },
      /** Killed runs are counted in this file, those that it has already included: the same again goes on. */
      resume: { type: 'string' },
      /** Of what each campaign tries, what has this in its name. */
      only: { type: 'string' },
      list: { type: 'boolean', default: false },
    },
  });
}

function wholeNumber(option: string, text: string, least: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= least) return value;
  throw new UsageError(`campaign: ${option}: expected a whole number from ${least}, got ${text}`);
}

async function runAll(
  { selected, seed, count, resume, only }: Options,
  signal: AbortSignal,
): Promise<Ended[]> {
  const ended: Ended[] = [];
  for (const { name, run } of selected) {
    const started = performance.now();
    const say = (text: string): void => void process.stderr.write(`${name}: ${text}\n`);
    say(`seed ${seed}`);
    let said: string;
    let held = true;
    try {
      said = await run({ seed, count, resume, only, signal, say });
    } catch (error) {
      signal.throwIfAborted();
      held = false;
      said = error instanceof CampaignFailure ? error.message : ((error as Error).stack ?? String(error));
    }
    ended.push({ name, seconds: (performance.now() - started) / 1000, said, held });
    say(held ? 'held' : `FAILED: ${said}`);
  }
  return ended;
}

async function main(): Promise<void> {
  const options = optionsOf(process.argv.slice(2));
  if (options.list) {
    for (const { name, about } of options.selected) process.stdout.write(`${name.padEnd(12)} ${about}\n`);
    return;
  }
  const ended = await interruptible((signal) => runAll(options, signal));
  if (ended === 'interrupted') {
    process.exitCode = exitCode.interrupted;
    return;
  }
  for (const { name, seconds, said, held } of ended) {
    process.stdout.write(
      `${held ? 'held  ' : 'FAILED'} ${name.padEnd(12)} ${seconds.toFixed(0)} s: ${said}\n`,
    );
    const count = options.count === null ? '' : ` --count ${options.count}`;
    const only = options.only === null ? '' : ` --only ${shellQuote(options.only)}`;
    if (!held) {
      process.stdout.write(
        `       again: npm run campaign -- --seed ${options.seed}${count}${only} ${name}\n`,
      );
    }
  }
  if (ended.some(({ held }) => !held)) process.exitCode = exitCode.violation;
}

try {
  await main();
} catch (error) {
  if (!(error instanceof PlugpullError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = error.exitCode;
}
