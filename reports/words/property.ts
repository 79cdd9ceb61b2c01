import type { Counterexample } from '../../harness/probe/properties/answer.js';
import type { MeasuredStorage } from '../../harness/probe/properties/properties-document.js';

/** What the power cut cost: `with 1 of 3 pending writes lost`. */
export function lossText({ lost, pending, torn }: Pick<Counterexample, 'lost' | 'pending' | 'torn'>): string {
  return torn ? 'with a write torn' : `with ${lost} of ${pending} pending writes lost`;
}

/** How many hold, of each storage. */
export function heldSentence(storages: readonly Pick<MeasuredStorage, 'name' | 'properties'>[]): string {
  const held = storages.map(({ name, properties }) => {
    const holds = properties.filter(({ outcome }) => outcome === 'holds').length;
    return `${name}: ${holds} of ${properties.length}`;
  });
  return `How many persistence properties hold: ${held.join(', ')}.`;
}

/** What the models have to say to what was seen; of several that are wrong the first. */
export function modelSentence({ allowed, refuted: [wrong] }: MeasuredStorage['models']): string {
  if (wrong)
    return `the model ${wrong.model} is wrong: ${wrong.lines.join('; ')} (${wrong.schedule}): ${wrong.text}`;
  return allowed === null
    ? 'no model of the contract engine describes it'
    : `its model allows each of the ${allowed} recovered states`;
}
