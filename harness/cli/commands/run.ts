import { resolve } from 'node:path';
import type { Argv, CommandModule } from 'yargs';
import { type Attachment, attachments } from '../../attach/attached-disk.js';
import { dropIfUnused, newResultsFolder, readInvocation } from '../../run/planning/run-folder.js';
import { durationsIn, type Shard } from '../../run/planning/shard.js';
import type { LoadedScenario } from '../../scenario/load.js';
import { type ScenarioInput, scenario } from '../../scenario/schema/scenario.js';
import { PlugpullError, UsageError } from '../../verdict/errors.js';
import {
  checkSessionArguments,
  conductSession,
  type SessionArguments,
  sessionOptions,
} from '../conduct-session.js';
import { grouped, mostUsedOptions, otherOptions } from '../scenario-options/options.js';
import { scenariosOf } from '../scenario-options/scenarios-of.js';
import { parseShard } from '../shard-option.js';

interface RunArguments extends SessionArguments {
  scenario?: string[];
  '--'?: string[];
  shard?: string;
  durations?: string;
  resume?: string;
  attach: Attachment;
  [option: string]: unknown;
}

export const runCommand: CommandModule<object, RunArguments> = {
  command: 'run [scenario..]',
  describe: 'Run scenarios, or a command after --, and judge every crash state',
  builder: (yargs) =>
    runOptions(yargs)
      .example('$0 run scenarios/seeds', 'all scenarios of a folder')
      .example("$0 run --ack-stdout '^saved (.*)' -- python3 save.py", 'a program of your own on ext4')
      .example(
        '$0 run --fs ext4,xfs,btrfs scenarios/seeds/atomic-replace.yaml',
        'one scenario on three file systems',
      )
      .example(
        '$0 run --place vm --root python:3.12-slim scenarios/seeds/atomic-replace.yaml',
        'in a virtual machine, with a container image as /',
      )
      .example(
        '$0 run --resume plugpull-results/latest',
        'go on with an interrupted run',
      ) as unknown as Argv<RunArguments>,
  handler: async (args) => {
    process.exitCode = await run(args);
  },
};

function runOptions(yargs: Argv): Argv {
  return yargs
    .positional('scenario', { type: 'string', array: true, describe: 'scenario files, or folders of them' })
    .options(mostUsedOptions)
    .options({
      ...sessionOptions,
      shard: { type: 'string', describe: 'i/n: only every n-th run, starting at the i-th', group: 'Run:' },
      durations: {
        type: 'string',
        describe:
          'with --shard: results of an earlier run; shards then take about the same time. The same for all',
        group: 'Run:',
      },
      attach: {
        choices: attachments,
        default: 'nbdfuse' as const,
        describe: 'how the recorded disk becomes a block device; nbd needs the kernel module',
        group: 'Run:',
      },
      resume: {
        type: 'string',
        describe: 'results folder of an interrupted run to go on with',
        group: 'Run:',
      },
    })
    .options(grouped(otherOptions));
}

async function run(args: RunArguments): Promise<number> {
  checkSessionArguments(args);
  const shard = shardOf(args);
  const chosen = args.resume ? resumed(args.resume) : fresh(args);
  try {
    return await conductSession({ ...chosen, args, shard, attachment: args.attach });
  } catch (error) {
    if (error instanceof PlugpullError && !chosen.resume) dropIfUnused(chosen.resultsFolder);
    throw error;
  }
}

function shardOf({ shard, durations }: RunArguments): Shard | undefined {
  if (shard === undefined) {
    if (durations !== undefined)
      throw new UsageError('--durations: expected --shard i/n with it: it says which runs are whose');
    return undefined;
  }
  return { ...parseShard(shard), durations: durations === undefined ? undefined : durationsIn(durations) };
}

function fresh(args: RunArguments): { resultsFolder: string; scenarios: LoadedScenario[]; resume: boolean } {
  const scenarios = scenariosOf('run', args);
  return { resultsFolder: newResultsFolder(args.out), scenarios, resume: false };
}

function resumed(results: string): { resultsFolder: string; scenarios: LoadedScenario[]; resume: boolean } {
  const resultsFolder = resolve(results);
  const scenarios = readInvocation(resultsFolder).scenarios.map(({ file, folder, input }) => ({
    file,
    folder,
    input: input as ScenarioInput,
    scenario: scenario.parse(input),
  }));
  return { resultsFolder, scenarios, resume: true };
}
