import { existsSync } from 'node:fs';
import { reporters } from '../../reports/catalogue.js';
import { withoutCommands } from '../../reports/github.js';
import { requestedReports } from '../../reports/requested.js';
import { resultsLines } from '../../reports/terminal/results-lines.js';
import { screenOf } from '../../reports/terminal/screen.js';
import { escaped } from '../../reports/words/escaped.js';
import { jsonText } from '../../reports/words/json-text.js';
import { writeReports } from '../../reports/write-reports.js';
import type { Attachment } from '../attach/attached-disk.js';
import { resultsSoFar } from '../run/planning/results-so-far.js';
import type { Shard } from '../run/planning/shard.js';
import { dropContents, type Keep, keepChoices } from '../run/recording/kept-contents.js';
import type { LoadedScenario } from '../scenario/load.js';
import { shellQuote } from '../scenario/shell-quote.js';
import { workloadsFolder } from '../scenario/workloads-folder.js';
import { UnavailableError, UsageError } from '../verdict/errors.js';
import { exitCode, exitCodeOf } from '../verdict/exit-code.js';
import { repositoryAround } from '../verdict/repository.js';
import type { Results } from '../verdict/results.js';
import { called } from './called-as.js';
import { interruptible } from './interrupt.js';
import { refuseLanes } from './lanes-option.js';
import { type QueueArguments, queueOf, queueOptions } from './queue-options.js';
import { Status } from './status.js';
import { inThread } from './work/in-thread.js';

/** The options of every command that judges. */
export const sessionOptions = {
  out: { type: 'string', default: 'plugpull-results', describe: 'folder for results', group: 'Run:' },
  reporter: {
    type: 'string',
    array: true,
    // What follows is a scenario.
    nargs: 1,
    default: [] as string[],
    describe: `reports to make, separated by commas, each into the results folder or =FILE: ${reporters.map(({ format }) => format).join(', ')}`,
    group: 'Run:',
  },
  json: {
    type: 'boolean',
    default: false,
    describe: 'print one JSON document on standard output',
    group: 'Run:',
  },
  quiet: { type: 'boolean', default: false, describe: 'only the verdict in a sentence', group: 'Run:' },
  verbose: {
    type: 'boolean',
    default: false,
    describe: 'all findings, and the system calls behind them',
    group: 'Run:',
  },
  keep: {
    choices: keepChoices,
    default: 'all' as const,
    describe: 'of which runs file contents (traces) stay in the results folder',
    group: 'Run:',
  },
  lanes: { type: 'number', describe: 'recoveries side by side; one a core by default', group: 'Run:' },
  calibrate: {
    type: 'boolean',
    default: true,
    describe: 'check the engine with two controls first',
    group: 'Run:',
  },
  queue: { ...queueOptions.queue, group: 'Run:' },
  store: { ...queueOptions.store, group: 'Run:' },
} as const;

export interface SessionArguments extends QueueArguments {
  out: string;
  reporter: string[];
  json: boolean;
  quiet: boolean;
  verbose: boolean;
  keep: Keep;
  lanes?: number;
  calibrate: boolean;
}

export function checkSessionArguments({
  lanes,
  reporter,
  json,
  quiet,
  verbose,
}: Pick<SessionArguments, 'lanes' | 'reporter' | 'json' | 'quiet' | 'verbose'>): void {
  if (quiet && verbose) throw new UsageError('--quiet, --verbose: expected one of them, got both');
  const printed = requestedReports('--reporter', reporter).find(({ to }) => to === '-');
  if (printed && json) {
    const { format } = printed.reporter;
    throw new UsageError(
      `--reporter: ${format} goes to standard output, which --json has for itself: name a file, ${format}=FILE`,
    );
  }
  refuseLanes(lanes);
}

const removed =
  'expected the results folder, found nothing: somebody removed it meanwhile; leave --out alone until the command has ended';

/** Runs scenarios into a results folder, shows how it goes and what came out, and returns the exit code. */
export async function conductSession(options: {
  scenarios: readonly LoadedScenario[];
  resultsFolder: string;
  args: SessionArguments;
  /** Go on with what lies in the results folder. */
  resume: boolean;
  shard?: Shard | undefined;
  attachment?: Attachment | undefined;
}): Promise<number> {
  const { scenarios, resultsFolder, args, resume, shard, attachment } = options;
  const queue = queueOf(args);
  if (queue && shard)
    throw new UsageError('--queue, --shard: expected one of them: a queue shares the work out by itself');
  const jsonShown = process.stderr.isTTY ? 'all' : 'none';
  const status = new Status(process.stderr, args.quiet ? 'none' : args.json ? jsonShown : 'of several');
  const outcome = await interruptible((signal) =>
    inThread(
      {
        kind: 'session',
        ...{ scenarios, resultsFolder, workloads: workloadsFolder, lanes: args.lanes },
        ...{ shard, attachment, queue, resume, calibrate: args.calibrate },
      },
      { signal, observer: status },
    ),
  )
    .catch((error: unknown) => {
      if (existsSync(resultsFolder)) throw error;
      throw new UnavailableError(`${resultsFolder}: ${removed}`, { cause: error });
    })
    .finally(() => status.end());
  if (outcome === 'interrupted') {
    if (!existsSync(resultsFolder)) {
      process.stderr.write(`interrupted; nothing is kept: ${resultsFolder}: ${removed}\n`);
      return exitCode.interrupted;
    }
    const soFar = resultsSoFar(resultsFolder);
    if (args.json && soFar) process.stdout.write(`${jsonText(soFar)}\n`);
    process.stderr.write(`interrupted; what is finished is kept in ${resultsFolder}\n`);
    process.stderr.write(`go on with: ${called()} run --resume ${shellQuote(resultsFolder)}\n`);
    return exitCode.interrupted;
  }
  // Before anything is made of them: no report shows what is not to be kept.
  dropContents(outcome.runs, args.keep);
  show(outcome, resultsFolder, args);
  const written = writeReports(
    requestedReports('--reporter', args.reporter),
    { results: outcome, folder: resultsFolder },
    { repository: repositoryAround(process.cwd()) },
    (text) => process.stdout.write(text),
  );
  for (const path of written) (args.json ? process.stderr : process.stdout).write(`report: ${path}\n`);
  return exitCodeOf(outcome.verdict, outcome.met);
}

function show(results: Results, resultsFolder: string, { json, quiet, verbose }: SessionArguments): void {
  if (json) {
    process.stdout.write(`${jsonText(results)}\n`);
    return;
  }
  const detail = quiet ? 'quiet' : verbose ? 'verbose' : 'normal';
  const lines = resultsLines(escaped(results), screenOf(process.stdout, called()), detail);
  if (!quiet) {
    lines.unshift('');
    lines.push(`results: ${resultsFolder}`, `report: ${called()} report ${shellQuote(resultsFolder)}`);
  }
  // A file can be named like a command of the runner that reads this.
  const shown = process.env.GITHUB_ACTIONS === 'true' ? withoutCommands(lines) : lines;
  process.stdout.write(`${shown.join('\n')}\n`);
}
