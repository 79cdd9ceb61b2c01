import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Argv, CommandModule } from 'yargs';
import { writePropertiesPage } from '../../../reports/properties-page.js';
import { screenOf } from '../../../reports/terminal/screen.js';
import { counted } from '../../../reports/words/count.js';
import { escaped } from '../../../reports/words/escaped.js';
import { jsonText } from '../../../reports/words/json-text.js';
import { answersFileName } from '../../probe/answers.js';
import type { ProbePlace } from '../../probe/place.js';
import { properties, propertyNamed } from '../../probe/properties/catalogue.js';
import {
  type PropertiesConfig,
  propertiesConfig,
  readPropertiesConfig,
} from '../../probe/properties/config.js';
import { measureStorage, tasksOf } from '../../probe/properties/measure-storage.js';
import {
  type MeasuredStorage,
  type PropertiesDocument,
  propertiesDocument,
} from '../../probe/properties/properties-document.js';
import {
  newPropertiesInvocation,
  readPropertiesInvocation,
  refuseOtherProperties,
  writePropertiesInvocation,
} from '../../probe/properties/properties-invocation.js';
import type { Property } from '../../probe/properties/property.js';
import { printWorkload } from '../../probe/workload/workload.js';
import { newResultsFolder } from '../../run/planning/run-folder.js';
import { storageLabel } from '../../run/planning/storage-label.js';
import { probePlaces } from '../../run/recording/probe-places.js';
import { shellQuote } from '../../scenario/shell-quote.js';
import type { RunSpace } from '../../state/run-space.js';
import { withRunSpace } from '../../state/with-run-space.js';
import { UsageError } from '../../verdict/errors.js';
import { exitCode, exitCodeOf } from '../../verdict/exit-code.js';
import { called } from '../called-as.js';
import { interruptible } from '../interrupt.js';
import { refuseLanes } from '../lanes-option.js';
import { LiveLine } from '../live-line.js';
import { propertyLines } from '../property-lines.js';
import { applyOptions } from '../scenario-options/apply-options.js';
import { problemsWithOptions } from '../scenario-options/option-problems.js';
import { storageOptions } from '../scenario-options/storage-options.js';

interface PropertiesArguments {
  config?: string;
  property?: string[];
  kernel?: string;
  limit?: number;
  list: boolean;
  lanes?: number;
  json: boolean;
  out: string;
  resume?: string;
  [option: string]: unknown;
}

/** What power is lost by is the command's own business. */
const { method: _, ...diskOptions } = storageOptions;

export const propertiesCommand: CommandModule<object, PropertiesArguments> = {
  command: 'properties [config]',
  describe: 'What may a crash leave of calls that no sync call followed, on this storage?',
  builder: (yargs) =>
    yargs
      .positional('config', { type: 'string', describe: 'a configuration (YAML): storages, properties' })
      .options(diskOptions)
      .options({
        property: {
          type: 'array',
          string: true,
          nargs: 1,
          describe: 'only this one of the catalogue; may be given several times',
        },
        kernel: { type: 'string', describe: "User-mode Linux's kernel: uml, uml@RELEASE" },
        limit: { type: 'number', describe: 'recoveries that one workload under one schedule may cost' },
        list: { type: 'boolean', default: false, describe: 'print the properties and their workloads' },
        lanes: { type: 'number', describe: 'lanes side by side; one a core without it' },
        json: { type: 'boolean', default: false, describe: 'print one JSON document on standard output' },
        out: { type: 'string', default: 'plugpull-results', describe: 'folder for results' },
        resume: {
          type: 'string',
          describe: 'go on where a killed or interrupted one ended: its results folder',
        },
      })
      .example('$0 properties --fs ext4', 'the whole catalogue')
      .example(
        '$0 properties --fs ext4 --mount-options data=journal --property replace-by-rename',
        'one property',
      ) as unknown as Argv<PropertiesArguments>,
  handler: async (args) => {
    process.exitCode = await run(args);
  },
};

async function run(args: PropertiesArguments): Promise<number> {
  const resumed = args.resume === undefined ? null : resolve(args.resume);
  const config = resumed === null ? configOf(args) : readPropertiesInvocation(resumed).config;
  const wanted = config.properties ? config.properties.map(propertyNamed) : properties;
  refuseLanes(args.lanes);
  if (args.list) return list(wanted);
  const line = new LiveLine(process.stderr);
  const measured: MeasuredStorage[] = [];
  let resultsFolder = '';
  const ended = await interruptible((signal) =>
    withRunSpace(
      async (space) => {
        const [place] = await probePlaces(
          { kernel: [config.kernel], storage: config.storage },
          { signal, onStep: (step) => process.stderr.write(`${step}\n`) },
        );
        const invocation = newPropertiesInvocation(config, place!.kernel);
        if (resumed !== null) refuseOtherProperties(resumed, invocation);
        resultsFolder = resumed ?? newResultsFolder(args.out);
        writePropertiesInvocation(resultsFolder, invocation);
        await measureAll({
          ...{ config, wanted, place: place!, space, resultsFolder },
          ...{ lanes: args.lanes, signal, line, measured },
        });
        return signal.aborted ? 'interrupted' : 'done';
      },
      (text) => process.stderr.write(`warning: ${text}\n`),
    ),
  ).finally(() => line.clear());
  if (measured.length === 0) return exitCode.interrupted;
  const document = propertiesDocument(measured);
  tell(document, resultsFolder, args.json);
  if (ended !== 'interrupted') return exitCodeOf(document.verdict, null);
  process.stderr.write(
    `interrupted; what was measured is kept: ${called()} properties --resume ${shellQuote(resultsFolder)}\n`,
  );
  return exitCode.interrupted;
}

/** Leaves what was measured, storage by storage, in `measured`. */
async function measureAll({
  config,
  wanted,
  place,
  space,
  resultsFolder,
  lanes,
  signal,
  line,
  measured,
}: {
  config: PropertiesConfig;
  wanted: readonly Property[];
  place: ProbePlace;
  space: RunSpace;
  resultsFolder: string;
  lanes: number | undefined;
  signal: AbortSignal;
  line: LiveLine;
  measured: MeasuredStorage[];
}): Promise<void> {
  for (const [nth, storage] of config.storage.entries()) {
    if (signal.aborted) return;
    const name = storage.name ?? storageLabel(storage);
    const { tally, complete, durationMs } = await measureStorage({
      ...{ storage, properties: wanted, limit: config.limit, place, space, lanes, signal },
      answersFile: join(resultsFolder, answersFileName(nth)),
      onAnswer: (soFar, position) => {
        if (line.isLive)
          line.rewrite(
            `${name}: ${Math.floor(position * 100)} %, ${soFar.recoveries} recoveries, ${soFar.broken} do not hold`,
          );
      },
    });
    line.clear();
    if (!line.isLive) process.stderr.write(`${name}: ${complete ? 'measured' : 'interrupted'}\n`);
    measured.push({
      name,
      kernel: place.kernel,
      storage,
      complete,
      properties: tally.measured(complete),
      models: tally.models,
      duration_ms: Math.round(durationMs),
    });
  }
}

function tell(document: PropertiesDocument, resultsFolder: string, json: boolean): void {
  writeFileSync(join(resultsFolder, 'properties.json'), `${JSON.stringify(document)}\n`);
  const page = writePropertiesPage(resultsFolder, document);
  const lines = json
    ? [jsonText(document)]
    : [
        ...propertyLines(escaped(document), screenOf(process.stdout).paint),
        `results: ${resultsFolder}`,
        `report: ${page}`,
      ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

/** A configuration with the options laid over it. */
function configOf(args: PropertiesArguments): PropertiesConfig {
  const input = (args.config === undefined ? {} : readPropertiesConfig(args.config)) as Record<
    string,
    unknown
  >;
  applyOptions(diskOptions, args, input);
  if (args.property) input.properties = args.property;
  for (const name of ['kernel', 'limit']) if (args[name] !== undefined) input[name] = args[name];
  const parsed = propertiesConfig.safeParse(input);
  if (!parsed.success)
    throw new UsageError(problemsWithOptions(parsed.error, input, propertiesConfig, { limit: 'limit' }));
  const { data } = parsed;
  if (data.kernel !== 'uml' && !data.kernel.startsWith('uml@'))
    throw new UsageError(
      `--kernel: expected uml or uml@RELEASE, got ${data.kernel}: properties are measured in User-mode Linux, whose disk lets a commit overtake a write`,
    );
  return data;
}

function list(wanted: readonly Property[]): number {
  for (const { name, says, source, workloads } of wanted) {
    process.stdout.write(`${name}: ${says} (${source})\n`);
    for (const { workload } of workloads) process.stdout.write(`    ${printWorkload(workload).join('; ')}\n`);
  }
  process.stdout.write(
    `${counted(wanted.length, 'property', 'properties')}, ${tasksOf(wanted).length} recordings\n`,
  );
  return exitCode.pass;
}
