import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Argv, CommandModule } from 'yargs';
import { z } from 'zod';
import { openReportable } from '../../../reports/opened.js';
import { requestedReports } from '../../../reports/requested.js';
import { screenOf } from '../../../reports/terminal/screen.js';
import { escaped } from '../../../reports/words/escaped.js';
import { jsonText } from '../../../reports/words/json-text.js';
import { writeReports } from '../../../reports/write-reports.js';
import { certificate } from '../../probe/certificate.js';
import { type ProbeConfig, probeConfig, readProbeConfig } from '../../probe/config.js';
import { numbering } from '../../probe/generator/generator.js';
import { type ProbeDocument, type ProbeResult, ProbeTally, probesMet } from '../../probe/probe-document.js';
import { probeStorage } from '../../probe/probe-storage.js';
import { scopeText, selectedWorkloads, selectionText } from '../../probe/selection.js';
import { printWorkload } from '../../probe/workload/workload.js';
import { newResultsFolder } from '../../run/planning/run-folder.js';
import { storageLabel } from '../../run/planning/storage-label.js';
import { probePlaces } from '../../run/recording/probe-places.js';
import { shellQuote } from '../../scenario/shell-quote.js';
import { withRunSpace } from '../../state/with-run-space.js';
import { UsageError } from '../../verdict/errors.js';
import { exitCode, exitCodeOf } from '../../verdict/exit-code.js';
import { worst } from '../../verdict/outcome.js';
import { repositoryAround } from '../../verdict/repository.js';
import { toolVersion } from '../../version.js';
import { called } from '../called-as.js';
import { interruptible } from '../interrupt.js';
import { LiveLine } from '../live-line.js';
import { probeLines, probeProgress } from '../probe-lines.js';
import { applyStorage, pickScenarioOptions } from '../scenario-options.js';

interface ProbeArguments {
  config?: string;
  list: boolean;
  json: boolean;
  out: string;
  reporter: string[];
  resume?: string;
  lanes?: number;
  [option: string]: unknown;
}

const storageOptions = pickScenarioOptions('fs', 'size', 'mkfs-options', 'mount-options', 'disk');
type Ended = 'done' | 'interrupted';

export const probeCommand: CommandModule<object, ProbeArguments> = {
  command: 'probe [config]',
  describe: 'Does this storage keep what fsync owes? Small workloads by the hundred, crashed in every way',
  builder: (yargs) =>
    yargs
      .positional('config', { type: 'string', describe: 'a configuration (YAML): storages and workloads' })
      .options(storageOptions)
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
          describe: 'host; vm: User-mode Linux, which needs no root',
        },
        kernel: {
          type: 'array',
          string: true,
          nargs: 1,
          describe:
            'whose kernels, separated by commas: host, uml, uml@RELEASE; without it the host where there is root, else uml',
        },
        granularity: {
          type: 'string',
          describe: 'what is lost as one: write (the default), torn, block or sector',
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
  const config = folder === null ? understood(inputOf(args)) : understood(invocationOf(folder).config);
  if (args.list) return list(config);
  const requested = requestedReports('--reporter', args.reporter);
  if (args.json && requested.some(({ to }) => to === '-'))
    throw new UsageError(
      '--reporter: expected a file for each report: --json has standard output for itself',
    );
  const line = new LiveLine(process.stderr);
  const probes: ProbeResult[] = [];
  let resultsFolder = '';
  const ended = await interruptible(
    (signal): Promise<Ended> =>
      withRunSpace(
        async (space) => {
          const places = await probePlaces(config, {
            signal,
            onStep: (step) => process.stderr.write(`${step}\n`),
          });
          const kernels = places.map(({ kernel }) => kernel);
          if (folder !== null) refuseOther(folder, kernels);
          resultsFolder = folder ?? newResultsFolder(args.out);
          writeFileSync(join(resultsFolder, invocationFile), JSON.stringify({ kernels, numbering, config }));
          const tried = places.flatMap((place) => config.storage.map((storage) => ({ place, storage })));
          for (const [i, { place, storage }] of tried.entries()) {
            const name = storage.name ?? storageLabel(storage);
            const answersFile = join(resultsFolder, `answers-${i + 1}.ndjson`);
            const { tally, ...rest } = signal.aborted
              ? { tally: new ProbeTally(), complete: false, durationMs: 0 }
              : await probeStorage({
                  storage,
                  config,
                  place,
                  space,
                  answersFile,
                  lanes: args.lanes,
                  signal,
                  onAnswer: (soFar, position) => {
                    if (line.isLive) line.rewrite(probeProgress(name, soFar, position));
                  },
                });
            line.clear();
            const result = tally.result(storage, { name, place, ...rest });
            probes.push(result);
            if (tried.length > 1) process.stderr.write(`${name}: ${result.verdict}\n`);
          }
          return signal.aborted ? 'interrupted' : 'done';
        },
        (text) => process.stderr.write(`warning: ${text}\n`),
      ),
  ).finally(() => line.clear());
  const document = documentOf(config, probes);
  const command = `${called()} probe --resume ${shellQuote(resultsFolder)}`;
  mkdirSync(resultsFolder, { recursive: true });
  writeFileSync(join(resultsFolder, 'probe.json'), `${JSON.stringify(document)}\n`);
  writeFileSync(join(resultsFolder, 'certificate.md'), certificate(document));
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

const invocationFile = 'probe-invocation.json';

interface Invocation {
  kernels: string[];
  numbering: number;
  config: unknown;
}

function invocationOf(folder: string): Invocation {
  const file = join(folder, invocationFile);
  if (!existsSync(file))
    throw new UsageError(`--resume: expected the results folder of a probe, and ${file} is not there`);
  return JSON.parse(readFileSync(file, 'utf8')) as Invocation;
}

/** Answers say something of the kernels that gave them, and of workloads by their numbers. */
function refuseOther(folder: string, kernels: readonly string[]): void {
  const stored = invocationOf(folder);
  if (stored.kernels.join() !== kernels.join() || stored.numbering !== numbering)
    throw new UsageError(
      `--resume: ${folder} was made on Linux ${stored.kernels.join(', ')} with numbering ${stored.numbering}, this is ${kernels.join(', ')} with ${numbering}: its answers say nothing of this one`,
    );
}

function documentOf(config: ProbeConfig, probes: ProbeResult[]): ProbeDocument {
  return {
    schema: 'plugpull.probe/1',
    tool: { name: 'plugpull', version: toolVersion },
    kernel: [...new Set(probes.map(({ kernel }) => kernel))].join(', '),
    place: [...new Set(probes.map(({ place }) => place))].join(', '),
    numbering,
    selection: selectionText(config),
    scope: scopeText(config),
    verdict: worst(probes.map(({ verdict }) => verdict)),
    probes,
  };
}

/** A configuration with the options laid over it. */
function inputOf(args: ProbeArguments): unknown {
  const input = (args.config === undefined ? {} : readProbeConfig(args.config)) as Record<string, unknown>;
  applyStorage(input, args);
  for (const name of ['seq', 'sample', 'seed', 'granularity', 'limit'])
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
  if (!parsed.success) throw new UsageError(`probe: ${z.prettifyError(parsed.error)}`);
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

function list(config: ProbeConfig): number {
  let count = 0;
  for (const { name, workload } of selectedWorkloads(config)) {
    process.stdout.write(`${name}  ${printWorkload(workload).join('; ')}\n`);
    count++;
  }
  process.stdout.write(`${count} workloads (${selectionText(config)}, numbering ${numbering})\n`);
  return exitCode.pass;
}
