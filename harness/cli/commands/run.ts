import { resolve } from 'node:path';
import type { Argv, CommandModule } from 'yargs';
import { newResultsFolder, readInvocation } from '../../run/run-folder.js';
import { runSession } from '../../run/session.js';
import { findScenarioFiles, type LoadedScenario, loadScenario } from '../../scenario/load.js';
import { type ScenarioInput, scenario } from '../../scenario/schema.js';
import { UsageError } from '../../verdict/errors.js';
import { exitCode, exitCodeOf } from '../../verdict/exit-code.js';
import type { Results } from '../../verdict/results.js';
import { interruptible } from '../interrupt.js';
import { paintFor } from '../paint.js';
import { resultTable, verdictSentence } from '../result-lines.js';
import { scenarioOfCommand, scenarioOptions, withOptions } from '../scenario-options.js';
import { Status } from '../status.js';
import { workloadsFolder } from '../workloads-folder.js';

interface RunArguments {
  scenario?: string[];
  '--'?: string[];
  out: string;
  lanes?: number;
  shard?: string;
  json: boolean;
  resume?: string;
  calibrate: boolean;
  [option: string]: unknown;
}

export const runCommand: CommandModule<object, RunArguments> = {
  command: 'run [scenario..]',
  describe: 'Run scenarios, or a command after --, and judge every crash state',
  builder: (yargs) =>
    sessionOptions(yargs)
      .example('$0 run scenarios/seeds', 'all scenarios of a folder')
      .example("$0 run --ack-stdout '^saved (.*)' -- python3 save.py", 'a program of your own on ext4')
      .example(
        '$0 run --fs ext4,xfs,btrfs scenarios/seeds/atomic-replace.yaml',
        'one scenario on three file systems',
      )
      .example(
        '$0 run --resume plugpull-results/latest',
        'go on with an interrupted run',
      ) as unknown as Argv<RunArguments>,
  handler: async (args) => {
    process.exitCode = await run(args);
  },
};

function sessionOptions(yargs: Argv): Argv {
  return yargs
    .positional('scenario', { type: 'string', array: true, describe: 'scenario files, or folders of them' })
    .options({
      out: { type: 'string', default: 'plugpull-results', describe: 'folder for results', group: 'Run:' },
      json: {
        type: 'boolean',
        default: false,
        describe: 'print one JSON document on standard output',
        group: 'Run:',
      },
      lanes: { type: 'number', describe: 'recoveries side by side; one a core by default', group: 'Run:' },
      shard: { type: 'string', describe: 'i/n: only every n-th run, starting at the i-th', group: 'Run:' },
      resume: {
        type: 'string',
        describe: 'results folder of an interrupted run to go on with',
        group: 'Run:',
      },
      calibrate: {
        type: 'boolean',
        default: true,
        describe: 'check the engine with two controls first',
        group: 'Run:',
      },
    })
    .options(
      Object.fromEntries(
        Object.entries(scenarioOptions).map(([name, option]) => [name, { ...option, group: 'Scenario:' }]),
      ),
    );
}

async function run(args: RunArguments): Promise<number> {
  const { resultsFolder, scenarios, resume } = args.resume ? resumed(args.resume) : fresh(args);
  const status = new Status(process.stderr, !args.json || process.stderr.isTTY);
  const outcome = await interruptible(async (signal) =>
    runSession({
      scenarios,
      resultsFolder,
      workloads: workloadsFolder,
      lanes: args.lanes,
      shard: args.shard === undefined ? undefined : parseShard(args.shard),
      resume,
      calibrate: args.calibrate,
      signal,
      observer: status,
    }),
  ).finally(() => status.end());
  if (outcome === 'interrupted') {
    process.stderr.write(`interrupted; what is finished is kept in ${resultsFolder}\n`);
    process.stderr.write(`go on with: plugpull run --resume ${resultsFolder}\n`);
    return exitCode.interrupted;
  }
  show(outcome, resultsFolder, args.json);
  return exitCodeOf(outcome.verdict, outcome.met);
}

function fresh(args: RunArguments): { resultsFolder: string; scenarios: LoadedScenario[]; resume: boolean } {
  const files = findScenarioFiles(args.scenario ?? []);
  const command = args['--'] ?? [];
  if (files.length === 0 && command.length === 0) {
    throw new UsageError('run: expected scenario files, or a command after --; see plugpull run --help');
  }
  if (files.length > 0 && command.length > 0) {
    throw new UsageError('run: expected scenario files or a command after --, got both');
  }
  const scenarios =
    files.length > 0
      ? files.map((file) => withOptions(loadScenario(file), args))
      : [scenarioOfCommand(command, args)];
  if (args.lanes !== undefined && !(Number.isInteger(args.lanes) && args.lanes > 0)) {
    throw new UsageError(`--lanes: expected a whole number from 1, got ${args.lanes}`);
  }
  if (args.shard !== undefined) parseShard(args.shard);
  return { resultsFolder: newResultsFolder(args.out), scenarios, resume: false };
}

function resumed(folder: string): { resultsFolder: string; scenarios: LoadedScenario[]; resume: boolean } {
  const resultsFolder = resolve(folder);
  const scenarios = readInvocation(resultsFolder).scenarios.map(({ file, input }) => ({
    file,
    input: input as ScenarioInput,
    scenario: scenario.parse(input),
  }));
  return { resultsFolder, scenarios, resume: true };
}

function parseShard(text: string): { index: number; count: number } {
  const match = /^(\d+)\/(\d+)$/.exec(text);
  const [index, count] = [Number(match?.[1]), Number(match?.[2])];
  if (!match || index < 1 || index > count)
    throw new UsageError(`--shard: expected i/n with 1 <= i <= n, got ${JSON.stringify(text)}`);
  return { index, count };
}

function show(results: Results, resultsFolder: string, json: boolean): void {
  if (json) {
    process.stdout.write(`${JSON.stringify(results)}\n`);
    return;
  }
  const paint = paintFor(process.stdout);
  const lines = [
    '',
    ...resultTable(results, paint),
    '',
    verdictSentence(results),
    `results: ${resultsFolder}`,
  ];
  const first = results.runs.find(({ findings }) => findings.length > 0);
  if (first) lines.push(`explain a finding: plugpull show ${first.run} ${first.findings[0]!.id}`);
  process.stdout.write(`${lines.join('\n')}\n`);
}
