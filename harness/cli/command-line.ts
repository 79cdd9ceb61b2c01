/** What a command line is understood by, whatever the commands do. */
import yargs, { type Argv, type CommandModule } from 'yargs';
import { UsageError } from '../verdict/errors.js';
import { didYouMean, nearestWords } from '../verdict/nearest-word.js';
import { toolVersion } from '../version.js';

/** Errors are thrown: unknown options, missing ones, options given twice. */
export function commandLine(given: readonly string[], commands: readonly unknown[]): Argv {
  const cli = yargs(withDashedValues(given))
    .scriptName('plugpull')
    .usage(
      '$0 COMMAND\n\nIf the power fails at any instant, does this program, on this storage, keep every promise it made?',
    )
    .parserConfiguration({ 'populate--': true, 'camel-case-expansion': false })
    .command(commands as CommandModule[])
    .check((values, options) => {
      // yargs makes a list of what is given twice, whatever the option takes. (Its types are wrong about `options`.)
      const { array } = options as unknown as { array: string[] };
      for (const [name, value] of Object.entries(values)) {
        if (Number.isNaN(value)) {
          const got = JSON.stringify(givenTo(name, given));
          throw new UsageError(`--${name}: expected a number, got ${got}`);
        }
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
      const lacking = /^Not enough arguments following: (.*)$/.exec(error?.message ?? '')?.[1];
      if (lacking !== undefined) throw new UsageError(`--${lacking}: expected a value, got none`);
      if (error) throw error;
      // yargs names the nearest command, and of an option says nothing. (Its types lack getOptions.)
      const { key } = (cli as unknown as { getOptions(): { key: Record<string, unknown> } }).getOptions();
      const command = commandNamed(given[0], commands as CommandModule[]);
      const why = inOurWords(withGuess(message ?? '', Object.keys(key)), command);
      throw new UsageError(`${why}; see plugpull ${command ? `${command.split(' ')[0]} ` : ''}--help`);
    });

  // yargs lays the whole help out before each command, to have it if an asynchronous one fails; ours says something else then,
  // and measuring the width of every word takes as long as loading a command. (Its types lack this.)
  (
    cli as unknown as {
      getInternalMethods(): { getUsageInstance(): { cacheHelpMessage(): void } };
    }
  )
    .getInternalMethods()
    .getUsageInstance().cacheHelpMessage = () => {};
  return cli as Argv;
}

/** Options whose values begin with a dash, as those of mkfs do: yargs would take `-O extent` for an option of ours. */
const dashed = new Set(['--mkfs-options']);

function withDashedValues(given: readonly string[]): string[] {
  const end = given.includes('--') ? given.indexOf('--') : given.length;
  const joined: string[] = [];
  for (let i = 0; i < given.length; i++) {
    const next = given[i + 1];
    const takes = i + 1 < end && dashed.has(given[i]!) && /^-[^-]/.test(next!);
    joined.push(takes ? `${given[i++]}=${next}` : given[i]!);
  }
  return joined;
}

/** What stands behind an option, as it was typed. */
function givenTo(name: string, given: readonly string[]): string {
  const index = given.findLastIndex((word) => word === `--${name}` || word.startsWith(`--${name}=`));
  const word = given[index] ?? '';
  return word.includes('=') ? word.slice(word.indexOf('=') + 1) : (given[index + 1] ?? '');
}

/** @returns its name and what it takes, as its help has them: `mount <run> <finding>` */
function commandNamed(name: string | undefined, commands: readonly CommandModule[]): string | undefined {
  const lines = commands.flatMap(({ command }) => (typeof command === 'string' ? [command] : []));
  return lines.find((line) => line.split(' ')[0] === name);
}

/** yargs names neither what is missing nor, where a choice is wrong, the option in the way it is typed. */
function inOurWords(message: string, command = ''): string {
  const [, got, needed] =
    /^Not enough non-option arguments: got (\d+), need at least (\d+)$/.exec(message) ?? [];
  if (needed !== undefined) return `${command}: expected at least ${needed} of these, got ${got}`;
  const wrong = [...message.matchAll(/Argument: (.*), Given: (.*), Choices: (.*)/g)];
  if (wrong.length === 0) return message;
  return wrong
    .map(([, option, given, choices]) => `--${option}: expected one of ${choices}, got ${given}`)
    .join('; ');
}

function withGuess(message: string, options: readonly string[]): string {
  const unknown = /^Unknown arguments?: (.*)$/.exec(message)?.[1]?.split(', ') ?? [];
  const guesses = unknown.flatMap((word) => {
    return nearestWords(word, options).map((guess) => `--${guess}`);
  });
  return `${message}${didYouMean(guesses)}`;
}
