#!/usr/bin/env node
import yargs, { type CommandModule } from 'yargs';
import { hideBin } from 'yargs/helpers';
import { UsageError } from '../verdict/errors.js';
import { toolVersion } from '../version.js';
import { called } from './called-as.js';
import { nearestWord } from './nearest-word.js';
import { catchStrayErrors, sayError } from './say-error.js';

/** In the order of the help. Each takes a third of a second to load with all that it needs, so only the one asked for is. */
const commands: Record<string, () => Promise<unknown>> = {
  init: async () => (await import('./commands/init.js')).initCommand,
  run: async () => (await import('./commands/run.js')).runCommand,
  record: async () => (await import('./commands/record.js')).recordCommand,
  check: async () => (await import('./commands/check.js')).checkCommand,
  show: async () => (await import('./commands/show.js')).showCommand,
  schema: async () => (await import('./commands/schema.js')).schemaCommand,
  report: async () => (await import('./commands/report.js')).reportCommand,
  merge: async () => (await import('./commands/merge.js')).mergeCommand,
  mount: async () => (await import('./commands/mount.js')).mountCommand,
  mutants: async () => (await import('./commands/mutants.js')).mutantsCommand,
  probe: async () => (await import('./commands/probe.js')).probeCommand,
  import: async () => (await import('./commands/import.js')).importCommand,
  export: async () => (await import('./commands/export.js')).exportCommand,
  vm: async () => (await import('./commands/vm.js')).vmCommand,
  doctor: async () => (await import('./commands/doctor.js')).doctorCommand,
  ack: async () => (await import('./commands/ack.js')).ackCommand,
};

const given = hideBin(process.argv);
const asked = Object.hasOwn(commands, given[0] ?? '') ? [commands[given[0]!]!] : Object.values(commands);

const cli = yargs(given)
  .scriptName('plugpull')
  .usage(
    '$0 COMMAND\n\nIf the power fails at any instant, does this program, on this storage, keep every promise it made?',
  )
  .parserConfiguration({ 'populate--': true, 'camel-case-expansion': false })
  .command((await Promise.all(asked.map((load) => load()))) as CommandModule[])
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

// yargs lays the whole help out before each command, to have it if an asynchronous one fails; ours says something else then,
// and measuring the width of every word takes as long as loading a command. (Its types lack this.)
(
  cli as unknown as {
    getInternalMethods(): { getUsageInstance(): { cacheHelpMessage(): void } };
  }
)
  .getInternalMethods()
  .getUsageInstance().cacheHelpMessage = () => {};

// Read now, so that nothing that is started inherits it.
called();
catchStrayErrors();
try {
  await cli.parseAsync();
} catch (error) {
  process.exitCode = sayError(error);
}
