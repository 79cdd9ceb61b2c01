#!/usr/bin/env node
import yargs from 'yargs';
import { hideBin } from 'yargs/helpers';
import { UsageError } from '../verdict/errors.js';
import { toolVersion } from '../version.js';
import { ackCommand } from './commands/ack.js';
import { checkCommand } from './commands/check.js';
import { doctorCommand } from './commands/doctor.js';
import { exportCommand } from './commands/export.js';
import { importCommand } from './commands/import.js';
import { initCommand } from './commands/init.js';
import { mergeCommand } from './commands/merge.js';
import { mountCommand } from './commands/mount.js';
import { mutantsCommand } from './commands/mutants.js';
import { probeCommand } from './commands/probe.js';
import { recordCommand } from './commands/record.js';
import { reportCommand } from './commands/report.js';
import { runCommand } from './commands/run.js';
import { schemaCommand } from './commands/schema.js';
import { showCommand } from './commands/show.js';
import { vmCommand } from './commands/vm.js';
import { nearestWord } from './nearest-word.js';
import { catchStrayErrors, sayError } from './say-error.js';

const cli = yargs(hideBin(process.argv))
  .scriptName('plugpull')
  .usage(
    '$0 COMMAND\n\nIf the power fails at any instant, does this program, on this storage, keep every promise it made?',
  )
  .parserConfiguration({ 'populate--': true, 'camel-case-expansion': false })
  .command(initCommand)
  .command(runCommand)
  .command(recordCommand)
  .command(checkCommand)
  .command(showCommand)
  .command(schemaCommand)
  .command(reportCommand)
  .command(mergeCommand)
  .command(mountCommand)
  .command(mutantsCommand)
  .command(probeCommand)
  .command(importCommand)
  .command(exportCommand)
  .command(vmCommand)
  .command(doctorCommand)
  .command(ackCommand)
  .check((values, options) => {
    // yargs makes a list of what is given twice, whatever the option takes. (Its types are wrong about `options`.)
    const { array } = options as unknown as { array: string[] };
    for (const [name, value] of Object.entries(values)) {
      if (!Array.isArray(value) || array.includes(name) || name === '_' || name === '--') continue;
      throw new UsageError(`--${name}: expected one value, got ${value.length}: ${value.join(', ')}`);
    }
    return true;
  }, true)
  .demandCommand(1, 'expected a command, got none')
  .strict()
  .recommendCommands()
  .version(toolVersion)
  .help()
  .wrap(Math.min(110, process.stdout.columns ?? 110))
  .epilogue(
    'Exit codes: 0 pass, 1 violation, 2 unknown, 64 bad usage, 69 something is missing here, 70 a fault of plugpull.',
  )
  .exitProcess(false)
  .fail((message: string | null, error: Error | undefined) => {
    if (error) throw error;
    // yargs names the nearest command, and of an option says nothing. (Its types lack getOptions.)
    const { key } = (cli as unknown as { getOptions(): { key: Record<string, unknown> } }).getOptions();
    throw new UsageError(`${withGuess(message ?? '', Object.keys(key))}; see plugpull --help`);
  });

function withGuess(message: string, options: readonly string[]): string {
  const unknown = /^Unknown arguments?: (.*)$/.exec(message)?.[1]?.split(', ') ?? [];
  const guesses = unknown.flatMap((word) => {
    const guess = nearestWord(word, options);
    return guess === null ? [] : [`--${guess}`];
  });
  return guesses.length === 0 ? message : `${message}: did you mean ${guesses.join(', ')}?`;
}

catchStrayErrors();
try {
  await cli.parseAsync();
} catch (error) {
  process.exitCode = sayError(error);
}
