import type { Argv, CommandModule } from 'yargs';
import { writeMutantsPage } from '../../../reports/mutants-page.js';
import { screenOf } from '../../../reports/terminal/screen.js';
import { escaped } from '../../../reports/words/escaped.js';
import { jsonText } from '../../../reports/words/json-text.js';
import type { MutantsResult } from '../../mutants/mutants-result.js';
import { dropIfUnused, newResultsFolder } from '../../run/planning/run-folder.js';
import { workloadsFolder } from '../../scenario/workloads-folder.js';
import { PlugpullError, UsageError } from '../../verdict/errors.js';
import { exitCode } from '../../verdict/exit-code.js';
import { interruptible } from '../interrupt.js';
import { mutantLines } from '../mutant-lines.js';
import { grouped, mostUsedOptions, otherOptions } from '../scenario-options/options.js';
import { scenariosOf } from '../scenario-options/scenarios-of.js';
import { Status } from '../status.js';
import { inThread } from '../work/in-thread.js';

interface MutantsArguments {
  scenario?: string[];
  '--'?: string[];
  replay: boolean;
  out: string;
  json: boolean;
  'fail-under'?: number;
  [option: string]: unknown;
}

export const mutantsCommand: CommandModule<object, MutantsArguments> = {
  command: 'mutants [scenario..]',
  describe: 'Delete each sync call of the program in turn: which deletions does the test notice?',
  builder: (yargs) =>
    yargs
      .positional('scenario', { type: 'string', array: true, describe: 'one scenario file' })
      .options(mostUsedOptions)
      .options({
        'fail-under': {
          type: 'number',
          describe: 'exit with 1 when the test notices less than this many per cent',
          group: 'Mutants:',
        },
        replay: {
          type: 'boolean',
          default: false,
          describe:
            'also run the program with each call made a lie, on the first storage; needs what run needs',
          group: 'Mutants:',
        },
        json: {
          type: 'boolean',
          default: false,
          describe: 'print one JSON document on standard output',
          group: 'Mutants:',
        },
        out: {
          type: 'string',
          default: 'plugpull-results',
          describe: 'folder for results',
          group: 'Mutants:',
        },
      })
      .options(grouped(otherOptions))
      .example('$0 mutants plugpull.yaml', 'the test that a scenario is; neither root nor a disk is needed')
      .example(
        "$0 mutants --fail-under 100 --ack-stdout '^saved' -- python3 save.py",
        'in CI: red when a deleted fsync would go unnoticed',
      ) as unknown as Argv<MutantsArguments>,
  handler: async (args) => {
    process.exitCode = await run(args);
  },
};

async function run(args: MutantsArguments): Promise<number> {
  const limit = args['fail-under'];
  if (limit !== undefined && !(limit >= 0 && limit <= 100)) {
    throw new UsageError(`--fail-under: expected per cent from 0 to 100, got ${limit}`);
  }
  const scenarios = scenariosOf('mutants', args);
  const [loaded] = scenarios;
  if (!loaded || scenarios.length > 1) {
    throw new UsageError(`mutants: expected one scenario, got ${scenarios.length}`);
  }
  const resultsFolder = newResultsFolder(args.out);
  const status = new Status(process.stderr, args.json && !process.stderr.isTTY ? 'none' : 'of several');
  try {
    const result = await interruptible((signal) =>
      inThread(
        { kind: 'mutants', loaded, resultsFolder, workloads: workloadsFolder, replay: args.replay },
        { signal, observer: status },
      ),
    ).finally(() => status.end());
    if (result === 'interrupted') return exitCode.interrupted;
    const page = writeMutantsPage(resultsFolder, result);
    process.stdout.write(
      args.json
        ? `${jsonText(result)}\n`
        : `${[...mutantLines(escaped(result), screenOf(process.stdout).paint), `results: ${resultsFolder}`, `report: ${page}`].join('\n')}\n`,
    );
    return exitCodeOf(result, limit);
  } catch (error) {
    if (error instanceof PlugpullError) dropIfUnused(resultsFolder);
    throw error;
  }
}

/** A test that fails on the right program, or notices too little, is 1; one about which nothing can be said, 2. */
function exitCodeOf({ baseline, mutants, score }: MutantsResult, limit: number | undefined): number {
  if (baseline.outcome === 'violation') return exitCode.violation;
  if (mutants.length === 0 && baseline.outcome === 'unknown') return exitCode.unknown;
  if (limit === undefined || score.percent === null || score.percent >= limit) return exitCode.pass;
  return score.killed + score.unknown >=
    Math.ceil(((score.killed + score.unknown + score.too_weak) * limit) / 100)
    ? exitCode.unknown
    : exitCode.violation;
}
