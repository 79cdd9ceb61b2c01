import type { Argv, CommandModule } from 'yargs';
import { newResultsFolder } from '../../run/planning/run-folder.js';
import { shellQuote } from '../../scenario/shell-quote.js';
import { workloadsFolder } from '../../scenario/workloads-folder.js';
import { exitCode } from '../../verdict/exit-code.js';
import { called } from '../called-as.js';
import { emptyFolder } from '../empty-folder.js';
import { interruptible } from '../interrupt.js';
import { grouped, mostUsedOptions, otherOptions } from '../scenario-options/options.js';
import { scenariosOf } from '../scenario-options/scenarios-of.js';
import { Status } from '../status.js';
import { inThread } from '../work/in-thread.js';

interface RecordArguments {
  scenario?: string[];
  '--'?: string[];
  out?: string;
  json: boolean;
  [option: string]: unknown;
}

export const recordCommand: CommandModule<object, RecordArguments> = {
  command: 'record [scenario..]',
  describe: 'Only record: leave a trace to judge with plugpull check',
  builder: (yargs) =>
    yargs
      .positional('scenario', { type: 'string', array: true, describe: 'scenario files, or folders of them' })
      .options(mostUsedOptions)
      .options({
        out: {
          type: 'string',
          describe:
            'the trace folder; with several recordings to make, the folder for their trace folders. By default one in plugpull-traces/',
        },
        json: { type: 'boolean', default: false, describe: 'print what was recorded as JSON' },
      })
      .options(grouped(otherOptions))
      .example('$0 record scenarios/seeds/atomic-replace.yaml --out trace', 'then: $0 check trace')
      .example("$0 record --out trace --ack-stdout '^saved (.*)' -- python3 save.py", 'a program of your own')
      .example(
        '$0 record --fs ext4,xfs save.yaml --out traces',
        'two traces: traces/save--ext4 and traces/save--xfs',
      ) as unknown as Argv<RecordArguments>,
  handler: async (args) => {
    process.exitCode = await run(args);
  },
};

async function run(args: RecordArguments): Promise<number> {
  const scenarios = scenariosOf('record', args);
  const out = args.out === undefined ? newResultsFolder('plugpull-traces') : emptyFolder('out', args.out);
  const status = new Status(process.stderr, 'none');
  const recorded = await interruptible((signal) =>
    inThread({ kind: 'record', scenarios, out, workloads: workloadsFolder }, { signal, observer: status }),
  ).finally(() => status.end());
  if (recorded === 'interrupted') {
    process.stderr.write('interrupted; traces recorded before this one are kept\n');
    return exitCode.interrupted;
  }
  for (const { folder, problem } of recorded) if (problem) status.warning(`${folder}: ${problem}`);
  if (args.json)
    process.stdout.write(`${JSON.stringify({ schema: 'plugpull.record/1', traces: recorded })}\n`);
  else {
    process.stdout.write(recorded.map(({ folder }) => `${folder}\n`).join(''));
    process.stderr.write(
      `judge with: ${called()} check ${recorded.map(({ folder }) => shellQuote(folder)).join(' ')}\n`,
    );
  }
  return exitCode.pass;
}
