import { basename } from 'node:path';
import type { Argv, CommandModule } from 'yargs';
import { visible } from '../../../reports/words/visible.js';
import { importTrace } from '../../interchange/import.js';
import { promisesOf, speaksOfFiles } from '../../promise/promises.js';
import type { LoadedScenario } from '../../scenario/load.js';
import { fileSystems } from '../../scenario/schema/storage.js';
import { shellQuote } from '../../scenario/shell-quote.js';
import { workloadsFolder } from '../../scenario/workloads-folder.js';
import { UsageError } from '../../verdict/errors.js';
import { called } from '../called-as.js';
import { emptyFolder } from '../empty-folder.js';
import { grouped, judgingOptions, pickScenarioOptions } from '../scenario-options/options.js';
import { scenarioOfCommand } from '../scenario-options/scenarios-of.js';

interface ImportArguments {
  base: string;
  log: string;
  fs: string;
  to: string;
  'ignore-past-count': boolean;
  'from-mark'?: string;
  json: boolean;
  [option: string]: unknown;
}

export const importCommand: CommandModule<object, ImportArguments> = {
  command: 'import',
  describe: 'Make a trace of a disk image and a log from dm-log-writes or QEMU blklogwrites',
  builder: (yargs) =>
    yargs
      .options({
        base: { type: 'string', demandOption: true, describe: 'raw image of the disk when the log began' },
        log: { type: 'string', demandOption: true, describe: 'the log, in a file' },
        fs: {
          type: 'string',
          demandOption: true,
          choices: fileSystems,
          describe: 'file system on the disk',
        },
        to: { type: 'string', demandOption: true, describe: 'trace folder to make; new or empty' },
        'ignore-past-count': {
          type: 'boolean',
          default: false,
          describe:
            'leave out entries past the count in the log, for a log device that held another log before',
        },
        'from-mark': {
          type: 'string',
          describe: 'take what the log holds up to this mark as done, for a log that begins before mkfs',
        },
        json: { type: 'boolean', default: false, describe: 'print what was imported as JSON' },
      })
      .options(grouped({ ...pickScenarioOptions('name', 'mount-options', 'disk'), ...judgingOptions }))
      .example(
        '$0 import --base base.img --log disk.log --fs ext4 --to trace',
        'then: $0 check trace (does every crash state mount?)',
      )
      .example(
        "$0 import --base zeros.img --log log.img --fs xfs --from-mark mkfs --checker 'python3 /src/check.py' --to trace",
        'a log as xfstests makes it; the marks are the acks that the checker is told',
      ) as unknown as Argv<ImportArguments>,
  handler: async (args) => {
    const imported = await importTrace({
      base: args.base,
      log: args.log,
      to: emptyFolder('to', args.to),
      ignorePastCount: args['ignore-past-count'],
      fromMark: args['from-mark'],
      scenarioFor: () => scenarioFor(args),
      workloads: workloadsFolder,
    });
    for (const warning of imported.warnings) process.stderr.write(`warning: ${visible(warning)}\n`);
    if (args.json) {
      process.stdout.write(`${JSON.stringify({ schema: 'plugpull.import/1', ...imported })}\n`);
      return;
    }
    const { folder, entries, acks } = imported;
    process.stdout.write(
      `${folder}: ${entries} log entries, ${acks.length === 1 ? 'one mark as an ack' : `${acks.length} marks as acks`}\njudge with: ${called()} check ${shellQuote(folder)}\n`,
    );
  },
};

function scenarioFor(args: ImportArguments): LoadedScenario {
  const disk = [args.disk ?? []].flat().join(',');
  const loaded = scenarioOfCommand([': the workload of an imported trace ran elsewhere'], {
    ...args,
    name: args.name ?? nameOf(args.log),
    fs: [args.fs],
    promise: args.promise ?? ['none'],
    disk: disk || undefined,
  });
  if (speaksOfFiles(promisesOf(loaded.scenario))) {
    throw new UsageError(
      `--promise: expected none, got ${(args.promise as string[]).join(' ')}: a log of blocks does not tell what files held at a mark. Judge with --checker, or leave --promise out to learn whether every crash state mounts`,
    );
  }
  return loaded;
}

/** A scenario's name made of a file's. */
function nameOf(path: string): string {
  const name = basename(path)
    .replaceAll(/[^A-Za-z0-9._-]/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '');
  return `imported-${name || 'log'}`;
}
