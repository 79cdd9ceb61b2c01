import { type KeyOptions, numbers, pairs, repeatable } from './key-option.js';

/** What is run, and what it says. */
export const workloadOptions = {
  name: { type: 'string', describe: 'name of the scenario', key: 'name' },
  setup: {
    type: 'string',
    describe: 'command run before the recording; what it leaves is durable',
    key: 'workload.setup',
  },
  user: {
    type: 'string',
    describe: 'whom setup, workload and checker run as; needs root',
    key: 'workload.user',
  },
  timeout: { type: 'string', describe: 'time limit of the workload, such as 30s', key: 'workload.timeout' },
  terminal: {
    type: 'boolean',
    describe: 'standard output is a terminal: each line is printed when it ends',
    key: 'workload.terminal',
  },
  'exit-codes': {
    type: 'string',
    describe: 'exit codes of a workload that did its work, such as 0,3',
    key: 'workload.exit_codes',
    read: numbers,
  },
  env: {
    ...repeatable,
    describe: 'NAME=VALUE for the workload and its checker',
    key: 'workload.env',
    over: true,
    read: pairs,
  },
  'ack-stdout': {
    type: 'string',
    describe: 'a line on standard output that matches this is an ack',
    key: 'ack.stdout',
  },
  'ack-begin': {
    type: 'string',
    describe: 'a line that matches this says that something begins, whose ack has the same text',
    key: 'ack.begin',
  },
} as const satisfies KeyOptions;
