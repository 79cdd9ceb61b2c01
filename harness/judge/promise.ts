import type { Promise_, Scenario } from '../scenario/schema.js';

/** What a scenario promises: what it says, else everything visible at an ack unless a checker decides. */
export function promiseOf({ promise, checker }: Pick<Scenario, 'promise' | 'checker'>): Promise_ {
  return promise ?? { snapshot: checker === undefined, files: [], atomic: [], ignore: [] };
}
