import { promisesOf } from '../../promise/promises.js';
import type { Scenario } from '../../scenario/schema/scenario.js';

/** What a scenario promises by the words of `--promise`, and `checker`; empty when it promises nothing. */
export function promiseWords(scenario: Scenario): string[] {
  const words: string[] = [];
  for (const [name, value] of Object.entries(promisesOf(scenario))) {
    if (name === 'ignore') continue;
    if (value === true) words.push(name);
    else if (name === 'owed' && value) words.push(`owed:${value}`);
    else if (Array.isArray(value) && value.length > 0) words.push(`${name}:${value.join(',')}`);
  }
  if (scenario.checker) words.push('checker');
  return words;
}
