import { commas, type KeyOptions, numberOrText, pairs, repeatable, settings } from './key-option.js';

/** How it is recorded, searched and judged. */
export const searchOptions = {
  granularity: {
    type: 'string',
    describe: 'what is lost as one: torn (whole writes, then each torn by itself), write, block or sector',
    key: 'explore.granularity',
  },
  budget: {
    type: 'string',
    describe: 'limits: recoveries=N,recoveries_per_crash_point=N,directories=N,time=60s',
    key: 'explore.budget',
    over: true,
    read: settings,
  },
  require: {
    type: 'string',
    describe:
      'what a pass must rest on: systematic (each prefix and single omission at every crash point; the default) or exhaustive (every crash state); less is unknown',
    key: 'explore.require',
  },
  seed: { type: 'number', describe: 'seed of everything random', key: 'explore.seed' },
  fsck: { type: 'string', describe: 'check each recovered file system: never or after', key: 'explore.fsck' },
  nested: { type: 'boolean', describe: 'crash recovery itself again, one level', key: 'explore.nested' },
  audit: {
    type: 'number',
    describe: 'random crash states recovered eagerly to check the verdict',
    key: 'explore.audit',
  },
  'max-findings': { type: 'number', describe: 'findings to shrink and list', key: 'explore.max_findings' },
  models: {
    type: 'string',
    describe: 'persistence models, separated by commas',
    key: 'models',
    read: commas,
  },
  engine: {
    type: 'string',
    describe:
      'contract (system calls; no root), replay (crash states), or contract,replay as by default; live (rounds of power loss) goes with the methods power, its default, and dm-flakey',
    key: 'engine',
    read: commas,
  },
  recordings: {
    type: 'string',
    describe:
      'recordings made and explored, each under another schedule of write-back; auto: further ones before a violation of the contract is called masked',
    key: 'recordings',
    read: numberOrText,
  },
  expect: {
    ...repeatable,
    describe: 'ENGINE=OUTCOME expected, such as observed=pass',
    key: 'expect',
    over: true,
    read: pairs,
  },
} as const satisfies KeyOptions;
