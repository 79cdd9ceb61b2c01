import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Argv, CommandModule } from 'yargs';
import { openReportable } from '../../../reports/opened.js';
import { requestedReports } from '../../../reports/requested.js';
import { screenOf } from '../../../reports/terminal/screen.js';
import { escaped } from '../../../reports/words/escaped.js';
import { jsonText } from '../../../reports/words/json-text.js';
import { writeReports } from '../../../reports/write-reports.js';
import { type ProbeConfig, probeConfig, readProbeConfig } from '../../probe/config.js';
import { numbering } from '../../probe/generator/generator.js';
import {
  difference,
  type Invocation,
  newInvocation,
  readInvocation,
  writeInvocation,
} from '../../probe/invocation.js';
import type { ProbePlace } from '../../probe/place.js';
import { documentOf, type ProbeResult, probesMet } from '../../probe/probe-document.js';
import { selectedWorkloads, selectionText, workloadsOfShard } from '../../probe/selection.js';
import type { Durations, Shard } from '../../probe/shard.js';
import { durationsOf } from '../../probe/shard-durations.js';
import { openStoredProbe } from '../../probe/stored-probe.js';
import { printWorkload } from '../../probe/workload/workload.js';
import { writeProbe } from '../../probe/write-probe.js';
import { newResultsFolder } from '../../run/planning/run-folder.js';
import { probePlaces } from '../../run/recording/probe-places.js';
import { shellQuote } from '../../scenario/shell-quote.js';
import { withRunSpace } from '../../state/with-run-space.js';
import { UsageError } from '../../verdict/errors.js';
import { exitCode, exitCodeOf } from '../../verdict/exit-code.js';
import { repositoryAround } from '../../verdict/repository.js';
import { called } from '../called-as.js';
import { interruptible } from '../interrupt.js';
import { refuseLanes } from '../lanes-option.js';
import { likeness } from '../likeness.js';
import { LiveLine } from '../live-line.js';
import { probeLines } from '../probe-lines.js';
import { probeByQueue, probeHere, targetsOf } from '../probe-targets.js';
import { queueOf, queueOptions } from '../queue-options.js';
import { applyOptions } from '../scenario-options/apply-options.js';
import { problemsWithOptions } from '../scenario-options/option-problems.js';
import { storageOptions } from '../scenario-options/storage-options.js';
import { parseShard } from '../shard-option.js';

interface ProbeArguments {
  config?: string;
  list: boolean;
  like?: string;
  json: boolean;
  out: string;
  reporter: string[];
  resume?: string;
  shard?: string;
  durations?: string;
  lanes?: number;
  queue?: string;
  store?: string;
  [option: string]: unknown;
}

/** What power is lost by is the probe's own business. */
const { method: _, ...diskOptions } = storageOptions;
/** Options by the keys that they set. */
const ownOptions = { seq: 'seq', sample: 'sample', limit: 'limit', workloads: 'workload' };
type Ended = 'done' | 'interrupted';

export const probeCommand: CommandModule<object, ProbeArguments> = {
  command: 'probe [config]',
  describe: 'Does this storage keep what fsync owes? Small workloads by the hundred, crashed in every way',
  builder: (yargs) =>
    yargs
      .positional('config', { type: 'string', describe: 'a configuration (YAML): storages and workloads' })
      .options(diskOptions)
      .options({
        seq: { type: 'number', describe: 'core operations of each workload: 1, 2 or 3' },
        sample: { type: 'number', describe: 'so many of them, chosen by --seed; without it all' },
        seed: { type: 'number', describe: 'seed of the sample' },
        workload: {
          type: 'array',
          string: true,
          nargs: 1,
          describe: "a workload of one's own: lines separated by ; or a file of them, @FILE",
        },
        place: {
          type: 'string',
          choices: ['auto', 'host', 'vm'],
          describe: 'host; vm: in a guest, without --kernel User-mode Linux; needs no root',
        },
        kernel: {
          type: 'array',
          string: true,
          nargs: 1,
          describe:
            'whose kernels, separated by commas: host, uml, uml@RELEASE, or of a machine in QEMU (cloud, generic, cloud@RELEASE, a path); without it the host where there is root, else uml',
        },
        granularity: {
          type: 'string',
          describe: 'what is lost as one: write (the default), torn, block or sector',
        },
        fsck: {
          type: 'string',
          describe:
            "after: the file system's own checker must find it clean, once for each shape of the tree; never (the default)",
        },
        limit: { type: 'number', describe: 'recoveries that one workload may cost' },
        list: { type: 'boolean', default: false, describe: 'print the workloads, and how many there are' },
        lanes: { type: 'number', describe: 'lanes side by side; one a core without it' },
        json: { type: 'boolean', default: false, describe: 'print one JSON document on standard output' },
        out: { type: 'string', default: 'plugpull-results', describe: 'folder for results' },
        reporter: {
          type: 'string',
          array: true,
          nargs: 1,
          default: [] as string[],
          describe: 'reports to make, as those of plugpull run: html,junit=FILE',
        },
        shard: {
          type: 'string',
          describe: 'i/n: only every n-th workload, starting at the i-th; plugpull merge joins the results',
        },
        durations: {
          type: 'string',
          describe:
            'with --shard: results of an earlier probe; shards then take about the same time. The same for all',
        },
        ...queueOptions,
        resume: { type: 'string', describe: 'go on with an interrupted probe: its results folder' },
      })
      .example('$0 probe --fs ext4', 'all workloads of one core operation, every crash state')
      .example('$0 probe --fs ext4 --mount-options nobarrier', 'what it is worth to switch barriers off')
      .example(
        "$0 probe --fs xfs --workload 'create foo; fsync foo; fsync .'",
        "one workload of one's own",
      ) as unknown as Argv<ProbeArguments>,
  handler: async (args) => {
    process.exitCode = await run(args);
  },
};

async function run(args: ProbeArguments): Promise<number> {
  const folder = args.resume === undefined ? null : resolve(args.resume);
  const stored = folder === null ? null : readInvocation(folder, '--resume');
  const config = understood(stored === null ? inputOf(args) : stored.config);
  refuseLanes(args.lanes);
  const asked = stored === null ? shardOf(args) : stored.shard;
  if (args.list) return list(config, asked, args);
  const queue = queueOf(args);
  if (queue && asked)
    throw new UsageError('--queue, --shard: expected one of them: a queue shares the work out by itself');
  const requested = requestedReports('--reporter', args.reporter);
  if (args.json && requested.some(({ to }) => to === '-'))
    throw new UsageError(
      '--reporter: expected a file for each report: --json has standard output for itself',
    );
  const line = new LiveLine(process.stderr);
  const probes: ProbeResult[] = [];
  let resultsFolder = '';
  let shard: Shard | null = asked;
  const ended = await interruptible(
    (signal): Promise<Ended> =>
      withRunSpace(
        async (space) => {
          const places = await probePlaces(config, {
            signal,
            onStep: (step) => process.stderr.write(`${step}\n`),
          });
          const kernels = places.map(({ kernel }) => kernel);
          shard =
            asked && args.durations
              ? { ...asked, durations: durationsAs(args.durations, config, places) }
              : asked;
          const invocation = newInvocation(config, kernels, shard);
          if (folder !== null) refuseOther(folder, invocation);
          resultsFolder = folder ?? newResultsFolder(args.out);
          writeInvocation(resultsFolder, invocation);
          const targets = targetsOf(config, places, resultsFolder);
          const outcomes = queue
            ? await probeByQueue({ config, targets, queue, signal, line })
            : await probeHere({ config, targets, shard, space, lanes: args.lanes, signal, line });
          for (const [i, { tally, ...rest }] of outcomes.entries()) {
            const { storage, place, name } = targets[i]!;
            probes.push(tally.result(storage, { name, place, ...rest }));
          }
          return signal.aborted ? 'interrupted' : 'done';
        },
        (text) => process.stderr.write(`warning: ${text}\n`),
      ),
  ).finally(() => line.clear());
  if (resultsFolder === '') return exitCode.interrupted;
  const document = documentOf(config, shard, probes);
  const command = `${called()} probe --resume ${shellQuote(resultsFolder)}`;
  writeProbe(resultsFolder, document);
  const lines = args.json
    ? [jsonText(document)]
    : [
        ...probeLines(escaped(document), screenOf(process.stdout).paint),
        `certificate: ${join(resultsFolder, 'certificate.md')}`,
        `report: ${called()} report ${shellQuote(resultsFolder)}`,
      ];
  process.stdout.write(`${lines.join('\n')}\n`);
  const surroundings = { repository: repositoryAround(process.cwd()) };
  const written = writeReports(requested, openReportable(resultsFolder), surroundings, (text) =>
    process.stdout.write(text),
  );
  for (const path of written) (args.json ? process.stderr : process.stdout).write(`report: ${path}\n`);
  if (ended === 'interrupted') {
    process.stderr.write(`interrupted; what was found is kept: ${command}\n`);
    return exitCode.interrupted;
  }
  return exitCodeOf(document.verdict, probesMet(probes));
}

/** Answers say something of the kernels that gave them, and of workloads by their numbers. */
function refuseOther(folder: string, now: Invocation): void {
  const differs = difference(readInvocation(folder, '--resume'), now);
  if (differs !== null)
    throw new UsageError(`--resume: the answers in ${folder} say nothing of what is here: ${differs}`);
}

/** A configuration with the options laid over it. */
function inputOf(args: ProbeArguments): unknown {
  const input = (args.config === undefined ? {} : readProbeConfig(args.config)) as Record<string, unknown>;
  applyOptions(diskOptions, args, input);
  if (args.like !== undefined)
    for (const storage of input.storage as { name?: string }[]) storage.name = likeness(args.like).name;
  for (const name of ['seq', 'sample', 'seed', 'granularity', 'fsck', 'limit'])
    if (args[name] !== undefined) input[name] = args[name];
  const kernels = args.kernel as string[] | undefined;
  if (kernels) input.kernel = kernels;
  else if (args.place === 'host') input.kernel = 'host';
  else if (args.place === 'vm') input.kernel = 'uml';
  const workloads = args.workload as string[] | undefined;
  if (workloads)
    input.workloads = workloads.map((text) => (text.startsWith('@') ? fileText(text.slice(1)) : text));
  return input;
}

function fileText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(
      `--workload @${file}: cannot be read (${(error as NodeJS.ErrnoException).code}); expected a file of operations, one a line`,
    );
  }
}

function understood(input: unknown): ProbeConfig {
  const parsed = probeConfig.safeParse(input);
  if (!parsed.success)
    throw new UsageError(problemsWithOptions(parsed.error, input, probeConfig, ownOptions));
  const { data } = parsed;
  for (const { disk, method } of data.storage)
    if (disk.faults.length > 0 || disk.cut || method !== 'disk')
      throw new UsageError(
        'probe: storage: expected a disk without faults, cut or another method: what a storage owes is asked of one that works',
      );
  // Whatever is wrong with a workload is said before anything is made.
  if (data.workloads) for (const _ of selectedWorkloads(data));
  return data;
}

function shardOf({ shard, durations }: ProbeArguments): Shard | null {
  if (shard !== undefined) return parseShard(shard);
  if (durations === undefined) return null;
  throw new UsageError('--durations: expected --shard i/n with it: it says which workloads are whose');
}

/** How long the workloads of each storage on each kernel took, in the order of answers. */
function durationsAs(path: string, config: ProbeConfig, places: readonly ProbePlace[]): Durations[] {
  const earlier = openStoredProbe(path);
  if (!earlier)
    throw new UsageError(`--durations: expected the results folder of an earlier probe, got ${path}`);
  return durationsOf(
    earlier,
    targetsOf(config, places, '').map(({ name, kernel }) => ({ name, kernel_name: kernel })),
  );
}

function list(config: ProbeConfig, shard: Shard | null, { durations }: ProbeArguments): number {
  if (durations !== undefined)
    throw new UsageError(
      '--list, --durations: expected one of them: by durations, storages share out differently',
    );
  let count = 0;
  for (const { name, workload } of workloadsOfShard(config, shard, 0)) {
    process.stdout.write(`${name}  ${printWorkload(workload).join('; ')}\n`);
    count++;
  }
  process.stdout.write(`${count} workloads (${selectionText(config, shard)}, numbering ${numbering})\n`);
  return exitCode.pass;
}
