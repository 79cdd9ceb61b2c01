import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';
import { guessIn } from '../scenario/guess.js';
import { findScenarioFiles, type LoadedScenario, loadScenario } from '../scenario/load.js';
import { type ScenarioInput, scenario } from '../scenario/schema/scenario.js';
import { shellQuote } from '../scenario/shell-quote.js';
import { UsageError } from '../verdict/errors.js';

/**
 * One value each time it is given. Without the limit yargs takes every word up to the next option for a value, the
 * scenario files among them.
 */
const repeatable = { type: 'array', string: true, nargs: 1 } as const;

/**
 * The options that stand for keys of a scenario. On a scenario file they override its keys; before `-- COMMAND`
 * they make up the scenario.
 */
export const scenarioOptions = {
  name: { type: 'string', describe: 'name of the scenario' },
  setup: { type: 'string', describe: 'command run before the recording; what it leaves is durable' },
  timeout: { type: 'string', describe: 'time limit of the workload, such as 30s' },
  terminal: { type: 'boolean', describe: 'standard output is a terminal: each line is printed when it ends' },
  'exit-codes': { type: 'string', describe: 'exit codes of a workload that did its work, such as 0,3' },
  env: { ...repeatable, describe: 'NAME=VALUE for the workload and its checker' },
  'ack-stdout': { type: 'string', describe: 'a line on standard output that matches this is an ack' },
  promise: {
    ...repeatable,
    describe:
      'what is promised: snapshot, none, owed, owed:linux, or files:, atomic:, gone:, ignore: before GLOB[,GLOB]; may be repeated',
  },
  checker: { type: 'string', describe: 'program that judges a recovered directory: 0 holds, 1 violated' },
  'checker-persistent': {
    type: 'boolean',
    describe: 'start the checker once, one JSON line a state each way',
  },
  'checker-timeout': { type: 'string', describe: 'time limit of one check, such as 30s' },
  fs: {
    ...repeatable,
    describe: 'file systems to run on: ext2, ext3, ext4, xfs, btrfs; in a guest also f2fs',
  },
  size: { type: 'string', describe: 'disk size, such as 64MiB' },
  'mkfs-options': { type: 'string', describe: 'more options for mkfs, separated by spaces' },
  'mount-options': { type: 'string', describe: 'mount options, separated by commas' },
  layers: {
    type: 'string',
    describe:
      'what lies between disk and programs, from the disk up, separated by commas: dm-crypt, loop, overlay, overlay:volatile, bind',
  },
  disk: {
    type: 'string',
    describe:
      'disk behaviour: cache=volatile|through|lying,atomic_unit=512|4096,fua=true,discard=zeros|ignored|unsupported,write_zeroes=true,bus=virtio|scsi',
  },
  method: {
    type: 'string',
    describe:
      'how power is lost: disk (ours; the default), power (in rounds, for real), or in a guest dm-log-writes, dm-flakey',
  },
  granularity: {
    type: 'string',
    describe: 'what is lost as one: torn (whole writes, then each torn by itself), write, block or sector',
  },
  budget: {
    type: 'string',
    describe: 'limits: recoveries=N,recoveries_per_crash_point=N,directories=N,time=60s',
  },
  require: {
    type: 'string',
    describe:
      'what a pass must rest on: systematic (each prefix and single omission at every crash point; the default) or exhaustive (every crash state); less is unknown',
  },
  seed: { type: 'number', describe: 'seed of everything random' },
  fsck: { type: 'string', describe: 'check each recovered file system: never or after' },
  nested: { type: 'boolean', describe: 'crash recovery itself again, one level' },
  audit: { type: 'number', describe: 'random crash states recovered eagerly to check the verdict' },
  'max-findings': { type: 'number', describe: 'findings to shrink and list' },
  models: { type: 'string', describe: 'persistence models, separated by commas' },
  engine: {
    type: 'string',
    describe:
      'contract (system calls; no root), replay (crash states), or contract,replay as by default; live (rounds of power loss) goes with the methods power, its default, and dm-flakey',
  },
  place: {
    type: 'string',
    describe:
      'where the workload runs: auto (the host where there are root and devices, else User-mode Linux), host, container, or vm',
  },
  image: {
    type: 'string',
    describe: 'container image of setup, workload, server and checker (place: container)',
  },
  'image-build': { type: 'string', describe: 'instead of it: a folder with a Dockerfile' },
  'container-data': {
    type: 'string',
    describe: "where the disk is mounted in the container; without it the image's volume, else /data",
  },
  'container-network': { type: 'string', describe: "none, or own: a network of the run's own" },
  'container-memory': { type: 'string', describe: 'memory of the container, such as 512MiB' },
  recover: {
    type: 'string',
    describe: 'whose kernel recovers crash states: auto, host, guest (the one it ran in) or uml (no root)',
  },
  kernel: {
    ...repeatable,
    describe:
      "guests' kernels, separated by commas, one run each: uml (User-mode Linux: no emulation), cloud, generic, each with or without @RELEASE, or a bzImage",
  },
  'vm-modules': {
    type: 'string',
    alias: 'modules',
    describe: 'where the modules of a bzImage are: a folder, or none',
  },
  root: {
    type: 'string',
    describe:
      'what workload and checker see as / in a guest: host (with uml, and its default), debian, or a container image such as python:3.12-slim',
  },
  'vm-memory': { type: 'string', describe: "a guest's memory, such as 512MiB" },
  'vm-accelerator': { type: 'string', describe: 'auto, kvm or tcg (emulation)' },
  'vm-crc32c': {
    type: 'string',
    describe: "User-mode Linux's crc32c: fast (the processor's instruction), or original",
  },
  'vm-recover': { type: 'string', describe: 'as --recover, for guests only' },
  'vm-files': {
    ...repeatable,
    describe: 'files and folders that programs in a guest find at the same place',
  },
  rounds: { type: 'number', describe: 'rounds in which power is really lost' },
  cut: {
    ...repeatable,
    describe:
      'when rounds after the first lose power, in turn: operation=flush,n=3 or ack=2 or matching=REGEX or after=300ms or log=REGEX (a line of the server); without it as the seed has it',
  },
  lose: {
    type: 'string',
    describe: "what is lost of the disk's cache, in each round in turn: all, none, some, torn",
  },
  begin: {
    type: 'string',
    describe: 'what a round begins on: fresh, survivor (what the last one left) or mixed',
  },
  'rounds-time': { type: 'string', describe: 'no round is begun after this time, such as 10m' },
  'min-rounds': { type: 'number', describe: 'how many rounds a pass must rest on then; without it all' },
  flakey: {
    type: 'string',
    describe:
      'what dm-flakey does after the cut: drop_writes, error_writes or random_write_corrupt; and error_reads',
  },
  recordings: {
    type: 'string',
    describe:
      'recordings made and explored, each under another schedule of write-back; auto: further ones before a violation of the contract is called masked',
  },
  expect: { ...repeatable, describe: 'ENGINE=OUTCOME expected, such as observed=pass' },
} as const;

/** The values of `scenarioOptions` as the command line gave them. */
export type ScenarioOptionValues = { [name: string]: unknown };

/** What is run where nothing is named. */
export const usualScenario = 'plugpull.yaml';

type Input = Record<string, unknown>;

/** Some of the options, by name. */
export function pickScenarioOptions<Name extends keyof typeof scenarioOptions>(
  ...names: readonly Name[]
): Pick<typeof scenarioOptions, Name> {
  return Object.fromEntries(names.map((name) => [name, scenarioOptions[name]])) as Pick<
    typeof scenarioOptions,
    Name
  >;
}

/** What can be changed when a trace is judged again: the recording and the disk it was made on stay as they are. */
export const judgingOptions = pickScenarioOptions(
  'promise',
  'checker',
  'checker-persistent',
  'checker-timeout',
  'env',
  'exit-codes',
  'terminal',
  'granularity',
  'budget',
  'require',
  'seed',
  'fsck',
  'nested',
  'audit',
  'max-findings',
  'models',
  'engine',
  'expect',
  'recover',
  'place',
  'kernel',
  'vm-modules',
  'vm-memory',
  'vm-accelerator',
  'vm-files',
);

const mostUsed = ['ack-stdout', 'promise', 'checker', 'fs', 'engine', 'setup'] as const;

/** What most people need, to come first in the help. */
export const mostUsedOptions = Object.fromEntries(
  mostUsed.map((name) => [name, { ...scenarioOptions[name], group: 'Most used:' }]),
) as unknown as Pick<typeof scenarioOptions, (typeof mostUsed)[number]>;

/** The others. */
export const otherOptions = Object.fromEntries(
  Object.entries(scenarioOptions).filter(([name]) => !(mostUsed as readonly string[]).includes(name)),
) as Omit<typeof scenarioOptions, (typeof mostUsed)[number]>;

/** The options under a heading of their own in the help. */
export function grouped<Options extends object>(
  options: Options,
): { [Name in keyof Options]: Options[Name] } {
  return Object.fromEntries(
    Object.entries(options).map(([name, option]) => [name, { ...option, group: 'Scenario:' }]),
  ) as Options;
}

/** What a command line asks for: scenario files with options applied, or one scenario made of a command. */
export function scenariosOf(
  command: string,
  args: { scenario?: string[]; '--'?: string[] } & ScenarioOptionValues,
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
  return files.length > 0
    ? files.map((file) => withOptions(loadScenario(file), args))
    : [scenarioOfCommand(words, args)];
}

/** A scenario file with the options applied. */
export function withOptions(loaded: LoadedScenario, values: ScenarioOptionValues): LoadedScenario {
  const given = Object.keys(scenarioOptions).filter((name) => values[name] !== undefined);
  if (given.length === 0) return loaded;
  const input = apply(structuredClone(loaded.input) as Input, values);
  return { ...loaded, ...understood(input, `${loaded.file} with options --${given.join(', --')}`) };
}

/** A scenario made of options and a command. */
export function scenarioOfCommand(command: readonly string[], values: ScenarioOptionValues): LoadedScenario {
  const run = command.length === 1 ? command[0]! : command.map(shellQuote).join(' ');
  const name = (command[0] ?? 'command')
    .replace(/^.*\//, '')
    .replaceAll(/[^A-Za-z0-9._-]/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '');
  const input = apply({ name: name || 'command', workload: { run } }, values);
  return { file: null, ...understood(input, 'the command line') };
}

function understood(input: Input, where: string): Pick<LoadedScenario, 'input' | 'scenario'> {
  const parsed = scenario.safeParse(input);
  if (!parsed.success) {
    const guesses = parsed.error.issues.map((issue) => guessIn(input, issue, scenario)).join('');
    throw new UsageError(`${where}: ${z.prettifyError(parsed.error)}${guesses}`);
  }
  return { input: input as ScenarioInput, scenario: parsed.data };
}

function apply(input: Input, values: ScenarioOptionValues): Input {
  const set = (value: unknown, ...path: string[]): void => {
    if (value === undefined) return;
    let at = input;
    for (const key of path.slice(0, -1)) {
      at[key] ??= {};
      at = at[key] as Input;
    }
    at[path.at(-1)!] = value;
  };
  const text = (name: string): string | undefined => values[name] as string | undefined;
  set(text('name'), 'name');
  set(text('setup'), 'workload', 'setup');
  set(text('timeout'), 'workload', 'timeout');
  set(text('exit-codes')?.split(',').map(Number), 'workload', 'exit_codes');
  set(values.terminal, 'workload', 'terminal');
  for (const pair of (values.env as string[] | undefined) ?? []) {
    const [name, value] = splitPair(pair, 'env');
    set(value, 'workload', 'env', name);
  }
  set(text('ack-stdout'), 'ack', 'stdout');
  const promises = values.promise as string[] | undefined;
  if (promises) set(promiseOfWords(promises), 'promise');
  set(text('checker'), 'checker', 'run');
  set(values['checker-persistent'], 'checker', 'persistent');
  set(text('checker-timeout'), 'checker', 'timeout');
  applyStorage(input, values);
  set(text('granularity'), 'explore', 'granularity');
  for (const pair of text('budget')?.split(',') ?? []) {
    const [name, value] = splitPair(pair, 'budget');
    set(numberOrText(value), 'explore', 'budget', name);
  }
  set(text('require'), 'explore', 'require');
  set(values.seed, 'explore', 'seed');
  set(text('fsck'), 'explore', 'fsck');
  set(values.nested, 'explore', 'nested');
  set(values.audit, 'explore', 'audit');
  set(values['max-findings'], 'explore', 'max_findings');
  set(text('models')?.split(','), 'models');
  set(text('engine')?.split(','), 'engine');
  set(text('place'), 'place');
  set(text('image'), 'container', 'image');
  set(text('image-build') && resolve(text('image-build')!), 'container', 'build');
  set(text('container-data'), 'container', 'data');
  set(text('container-network'), 'container', 'network');
  set(text('container-memory'), 'container', 'memory');
  set(listOf(values.kernel), 'vm', 'kernel');
  set(text('vm-modules'), 'vm', 'modules');
  set(text('root'), 'vm', 'root');
  set(text('vm-memory'), 'vm', 'memory');
  set(text('vm-accelerator'), 'vm', 'accelerator');
  set(text('vm-crc32c'), 'vm', 'crc32c');
  set(text('vm-recover'), 'vm', 'recover');
  set(text('recover'), 'recover');
  set(
    (values['vm-files'] as string[] | undefined)?.map((path) => resolve(path)),
    'vm',
    'files',
  );
  set(values.rounds, 'live', 'rounds');
  set((values.cut as string[] | undefined)?.map(momentOfWords), 'live', 'cut');
  set(text('lose')?.split(','), 'live', 'lose');
  set(text('begin'), 'live', 'begin');
  set(text('rounds-time'), 'live', 'time');
  set(values['min-rounds'], 'live', 'min_rounds');
  set(text('flakey')?.split(','), 'live', 'flakey');
  const recordings = text('recordings');
  if (recordings !== undefined) set(numberOrText(recordings), 'recordings');
  for (const pair of (values.expect as string[] | undefined) ?? []) {
    const [engine, outcome] = splitPair(pair, 'expect');
    set(outcome, 'expect', engine);
  }
  return input;
}

/** Lays the options about storages over the storages of a file, or makes them. */
export function applyStorage(input: Input, values: ScenarioOptionValues): void {
  const fileSystems = listOf(values.fs);
  if (fileSystems) input.storage = fileSystems.map(fileSystemOf);
  input.storage ??= [{}];
  const storages = input.storage as Input[];
  for (const storage of storages) {
    if (values.size !== undefined) storage.size = values.size;
    if (values['mkfs-options'] !== undefined) storage.mkfs = values['mkfs-options'];
    if (values['mount-options'] !== undefined) storage.mount = values['mount-options'];
    if (values.layers !== undefined) storage.layers = (values.layers as string).split(',');
    if (values.method !== undefined) storage.method = values.method;
    else if (values.engine === 'live') storage.method ??= 'power';
    for (const pair of (values.disk as string | undefined)?.split(',') ?? []) {
      const [name, value] = splitPair(pair, 'disk');
      storage.disk = { ...(storage.disk as Input | undefined), [name]: numberOrText(value) };
    }
  }
}

/** A FUSE file system is named by the command that serves it, and lies over ext4. */
function fileSystemOf(fs: string): Input {
  return fs.includes('$LOWER') ? { fs: 'ext4', layers: [{ kind: 'fuse', command: fs }] } : { fs };
}

/** A regular expression may hold commas: only those before a name of a key part one from the next. */
function momentOfWords(words: string): Input {
  const pairs = words.split(/,(?=(?:operation|n|ack|matching|after|log)=)/);
  return Object.fromEntries(
    pairs.map((pair) => {
      const [name, value] = splitPair(pair, 'cut');
      return [name, name === 'n' || name === 'ack' ? Number(value) : value];
    }),
  );
}

/** Promises that name paths. */
const pathPromises = ['files', 'atomic', 'gone', 'ignore'] as const;

function promiseOfWords(words: readonly string[]): Input {
  const promise: Input & Record<(typeof pathPromises)[number], string[]> = {
    snapshot: false,
    files: [],
    atomic: [],
    gone: [],
    ignore: [],
  };
  for (const word of words) {
    if (word === 'snapshot') promise.snapshot = true;
    else if (word === 'owed') promise.owed = true;
    else if (word.startsWith('owed:')) promise.owed = word.slice(5);
    else if (word !== 'none') {
      const kind = pathPromises.find((name) => word.startsWith(`${name}:`));
      const globs = kind ? word.slice(kind.length + 1).split(',') : [];
      if (!kind || globs.includes('')) {
        throw new UsageError(
          `--promise: expected snapshot, none, owed, owed:linux, or files:, atomic:, gone: or ignore: before one or more globs, got ${JSON.stringify(word)}`,
        );
      }
      promise[kind].push(...globs);
    }
  }
  // What counts for nothing leaves a promise about everything else.
  const only = words.length > 0 && words.every((word) => word.startsWith('ignore:'));
  return only ? { ...promise, snapshot: true } : promise;
}

/** The parts of an option that may be repeated and takes several values with commas between them. */
export function listOf(value: unknown): string[] | undefined {
  return (value as string[] | undefined)?.flatMap((list) => list.split(','));
}

function splitPair(pair: string, option: string): [string, string] {
  const equals = pair.indexOf('=');
  if (equals < 1) throw new UsageError(`--${option}: expected NAME=VALUE, got ${JSON.stringify(pair)}`);
  return [pair.slice(0, equals), pair.slice(equals + 1)];
}

function numberOrText(value: string): unknown {
  if (value === 'true' || value === 'false') return value === 'true';
  return /^\d+$/.test(value) ? Number(value) : value;
}
