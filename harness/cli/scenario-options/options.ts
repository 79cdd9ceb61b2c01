/**
 * The options that stand for keys of a scenario. On a scenario file they override its keys; before `-- COMMAND`
 * they make up the scenario.
 */
import { guestOptions } from './guest-options.js';
import { liveOptions } from './live-options.js';
import { placeOptions } from './place-options.js';
import { promiseOptions } from './promise-options.js';
import { searchOptions } from './search-options.js';
import { storageOptions } from './storage-options.js';
import { workloadOptions } from './workload-options.js';

export const scenarioOptions = {
  ...workloadOptions,
  ...promiseOptions,
  ...storageOptions,
  ...searchOptions,
  ...placeOptions,
  ...guestOptions,
  ...liveOptions,
};

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
