import type { Argv, CommandModule } from 'yargs';
import { visible } from '../../../reports/words/visible.js';
import { layTraces, type TraceToCheck, traceToCheck } from '../../run/check-trace.js';
import { dryCheck } from '../../run/dry-check.js';
import { newResultsFolder } from '../../run/planning/run-folder.js';
import { workloadsFolder } from '../../scenario/workloads-folder.js';
import { withRunSpace } from '../../state/with-run-space.js';
import { traceFolderOf } from '../../trace/find-trace.js';
import { UsageError } from '../../verdict/errors.js';
import { exitCode } from '../../verdict/exit-code.js';
import {
  checkSessionArguments,
  conductSession,
  type SessionArguments,
  sessionOptions,
} from '../conduct-session.js';
import { interruptible } from '../interrupt.js';
import { runFolderOf } from '../run-argument.js';
import { grouped, judgingOptions } from '../scenario-options/options.js';
import { withOptions } from '../scenario-options/scenarios-of.js';

interface CheckArguments extends SessionArguments {
  trace?: string[];
  dry?: boolean;
  [option: string]: unknown;
}

export const checkCommand: CommandModule<object, CheckArguments> = {
  command: 'check [trace..]',
  describe: 'Judge traces that were recorded or imported before, also again with a mended checker',
  builder: (yargs) =>
    yargs
      .positional('trace', {
        type: 'string',
        array: true,
        describe: 'trace folders, or folders of runs with one in them',
      })
      .option('dry', {
        type: 'boolean',
        default: false,
        describe: 'only run the checker once, on the undamaged end of the run, and say what it says',
      })
      .options(sessionOptions)
      .options(grouped(judgingOptions))
      .example('$0 check trace', 'what $0 record left')
      .example(
        "$0 check plugpull-results/latest/save--ext4 --checker 'python3 /src/check.py'",
        'a finished run again, by another checker',
      )
      .example(
        '$0 check trace --granularity sector --budget recoveries=100000',
        'torn writes, too; and a larger budget',
      )
      .example(
        '$0 check trace --place vm --kernel generic',
        'crash states recover in a guest: no root, and file systems this kernel lacks',
      ) as unknown as Argv<CheckArguments>,
  handler: async (args) => {
    process.exitCode = await run(args);
  },
};

async function run(args: CheckArguments): Promise<number> {
  checkSessionArguments(args);
  if (!args.trace?.length) {
    throw new UsageError('check: expected trace folders, got none; see plugpull check --help');
  }
  const traces = args.trace.map((path) =>
    traceToCheck(traceFolderOf(runFolderOf('check', path)), {
      inGuest: args.place === 'vm',
      change: (loaded) => withOptions(loaded, args),
    }),
  );
  if (args.dry) return checkDry(traces);
  const resultsFolder = newResultsFolder(args.out);
  await layTraces(traces, resultsFolder, workloadsFolder);
  // The recording is there already: from here on this is a run that was interrupted after it.
  return conductSession({ scenarios: traces.map(({ loaded }) => loaded), resultsFolder, args, resume: true });
}

async function checkDry(traces: readonly TraceToCheck[]): Promise<number> {
  const warn = (text: string): void => void process.stderr.write(`warning: ${visible(text)}\n`);
  const ended = await interruptible((signal) =>
    withRunSpace(async (space) => {
      let code: number = exitCode.pass;
      for (const trace of traces) {
        const refusal = await dryCheck(trace, space, signal);
        process.stdout.write(
          `${trace.folder}: ${refusal ?? 'the checker accepts the undamaged end of the run'}\n`,
        );
        if (refusal !== null) code = exitCode.unknown;
      }
      return code;
    }, warn),
  );
  return ended === 'interrupted' ? exitCode.interrupted : ended;
}
