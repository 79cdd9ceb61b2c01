import { UsageError } from '../../verdict/errors.js';
import { didYouMean, nearestWords } from '../../verdict/nearest-word.js';
import { type Input, type KeyOptions, repeatable } from './key-option.js';

/** What is promised, and who judges it. */
export const promiseOptions = {
  promise: {
    ...repeatable,
    describe:
      'what is promised: snapshot, none, owed, owed:linux, or files:, atomic:, gone:, ignore: before GLOB[,GLOB]; may be repeated',
    key: 'promise',
    read: promiseOfWords,
  },
  checker: {
    type: 'string',
    describe: 'program that judges a recovered directory: 0 holds, 1 violated',
    key: 'checker.run',
  },
  'checker-persistent': {
    type: 'boolean',
    describe: 'start the checker once, one JSON line a state each way',
    key: 'checker.persistent',
  },
  'checker-timeout': {
    type: 'string',
    describe: 'time limit of one check, such as 30s',
    key: 'checker.timeout',
  },
} as const satisfies KeyOptions;

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
        const near = nearestWords(word.split(':')[0]!, ['snapshot', 'none', 'owed', ...pathPromises]);
        const typed = near.map((name) =>
          pathPromises.some((other) => other === name) ? `${name}:GLOB` : name,
        );
        throw new UsageError(
          `--promise: expected snapshot, none, owed, owed:linux, or files:, atomic:, gone: or ignore: before one or more globs, got ${JSON.stringify(word)}${didYouMean(typed)}`,
        );
      }
      promise[kind].push(...globs);
    }
  }
  // What counts for nothing leaves a promise about everything else.
  const only = words.length > 0 && words.every((word) => word.startsWith('ignore:'));
  return only ? { ...promise, snapshot: true } : promise;
}
