import type { z } from 'zod';
import { type Problem, problemsOf, problemText } from '../../verdict/problems.js';
import type { KeyOptions } from './key-option.js';
import { scenarioOptions } from './options.js';

/**
 * What a schema has against what options make up, a line a problem, each by its option: `--disk cache: expected ...`.
 * @param own options of the command's own, by the keys that they set
 */
export function problemsWithOptions(
  error: z.ZodError,
  input: unknown,
  schema: z.ZodType,
  own: Readonly<Record<string, string>> = {},
): string {
  const { told } = problemsOf(error, input, schema);
  return told.map((problem) => inWords(problem, own)).join('\n');
}

function inWords(problem: Problem, own: Readonly<Record<string, string>>): string {
  const keys = problem.path.filter((part) => typeof part === 'string');
  for (let length = keys.length; length > 0; length--) {
    const key = keys.slice(0, length).join('.');
    const name = own[key] ?? optionByKey.get(key);
    if (name === undefined) continue;
    const below = keys.slice(length).filter((part) => part !== name);
    return `--${[name, ...below].join(' ')}: ${problemText({ ...problem, path: [] })}`;
  }
  return `key ${problemText(problem)}`;
}

/** `storage.disk` is what `disk` sets. */
const optionByKey = new Map(
  Object.entries(scenarioOptions as KeyOptions).map(([name, { key }]) => [key.replace('[]', ''), name]),
);
