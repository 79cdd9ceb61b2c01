import { existsSync } from 'node:fs';
import { fileSystemFacts } from '../../attach/file-system.js';
import { containerOf } from '../../scenario/container.js';
import { findScenarioFiles, type LoadedScenario, loadScenario } from '../../scenario/load.js';
import { type ScenarioInput, scenario } from '../../scenario/schema/scenario.js';
import type { FileSystem, Storage } from '../../scenario/schema/storage.js';
import { shellQuote } from '../../scenario/shell-quote.js';
import { UsageError } from '../../verdict/errors.js';
import { applyOptions, type OptionValues } from './apply-options.js';
import type { Input } from './key-option.js';
import { problemsWithOptions } from './option-problems.js';
import { scenarioOptions } from './options.js';
import { relativeProgram } from './relative-program.js';

/** What is run where nothing is named. */
export const usualScenario = 'plugpull.yaml';

/** What a command line asks for: scenario files with options applied, or one scenario made of a command. */
export function scenariosOf(
  command: string,
  args: { scenario?: string[]; '--'?: string[] } & OptionValues,
): LoadedScenario[] {
  const words = args['--'] ?? [];
  const named = args.scenario ?? [];
  const here = named.length === 0 && words.length === 0 && existsSync(usualScenario);
  const files = findScenarioFiles(here ? [usualScenario] : named);
  if (files.length === 0 && words.length === 0) {
    throw new UsageError(
      `${command}: expected scenario files, or a command after --, and there is no ${usualScenario} here; plugpull init makes one; see plugpull ${command} --help`,
    );
  }
  if (files.length > 0 && words.length > 0) {
    throw new UsageError(`${command}: expected scenario files or a command after --, got both`);
  }
  if (files.length > 0) return files.map((file) => withOptions(loadScenario(file), args));
  refuseLineAndWords(command, words);
  const made = scenarioOfCommand(words, args);
  const elsewhere = isOnOurFiles(made) ? relativeProgram(words) : null;
  if (elsewhere !== null) {
    throw new UsageError(
      `${command}: ${elsewhere}: expected a whole path, such as "$PWD/${elsewhere.replace(/^\.\//, '')}": a workload runs in an empty folder of its own, and what is in this one is not there`,
    );
  }
  return [made];
}

/** No program is called like a line for the shell: what follows such a line was meant for plugpull. */
function refuseLineAndWords(command: string, [first = '', ...others]: readonly string[]): void {
  if (others.length === 0 || !/\s/.test(first) || existsSync(first)) return;
  throw new UsageError(
    `${command}: expected after -- one line for the shell, or a program and its arguments; got the line ${shellQuote(first)} and more: ${others.map(shellQuote).join(' ')}; options stand before --`,
  );
}

/** Nothing puts files in the workload's folder before it starts, and it sees those of this machine. */
function isOnOurFiles({ scenario }: LoadedScenario): boolean {
  return (
    scenario.workload.setup === undefined && scenario.place !== 'container' && containerOf(scenario) === null
  );
}

/** A scenario file with the options applied. */
export function withOptions(loaded: LoadedScenario, values: OptionValues): LoadedScenario {
  if (Object.keys(scenarioOptions).every((name) => values[name] === undefined)) return loaded;
  const input = applyOptions(scenarioOptions, values, structuredClone(loaded.input) as Input);
  if (values.fs !== undefined) keepRoom(loaded.scenario.storage, input.storage as Input[]);
  return { ...loaded, ...understood(input) };
}

/** A program that needs more than the usual room needs it on other file systems, too: a full disk is all they would show. */
function keepRoom(named: readonly Storage[], others: readonly Input[]): void {
  const needed = Math.max(0, ...named.map(({ size = 0 }) => size));
  for (const other of others) {
    const facts = fileSystemFacts[other.fs as FileSystem] as { defaultSizeBytes: number } | undefined;
    if (facts && needed > facts.defaultSizeBytes) other.size ??= needed;
  }
}

/** A scenario made of options and a command. */
export function scenarioOfCommand(command: readonly string[], values: OptionValues): LoadedScenario {
  const run = command.length === 1 ? command[0]! : command.map(shellQuote).join(' ');
  const program = command.length === 1 ? programIn(run) : (command[0] ?? '');
  const input = applyOptions(scenarioOptions, values, { name: nameOf(program), workload: { run } });
  return { file: null, ...understood(input) };
}

/** The first word of a shell's command that sets no variable. */
function programIn(command: string): string {
  return command.split(/\s+/).find((word) => word !== '' && !/^\w+=/.test(word)) ?? '';
}

/** A program's name without its folder, as a scenario may have it. */
function nameOf(program: string): string {
  const name = program
    .replace(/^.*\//, '')
    .replaceAll(/[^A-Za-z0-9._-]/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, 100);
  return name || 'command';
}

function understood(input: Input): Pick<LoadedScenario, 'input' | 'scenario'> {
  const parsed = scenario.safeParse(input);
  if (!parsed.success) throw new UsageError(problemsWithOptions(parsed.error, input, scenario));
  return { input: input as ScenarioInput, scenario: parsed.data };
}
