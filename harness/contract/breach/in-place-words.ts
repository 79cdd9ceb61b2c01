import type { Effect } from '../../model/effect.js';
import type { History } from '../../model/history.js';
import { atomicUnitBytes, type PersistenceModel } from '../../model/persistence-model.js';

/** The calls of some effects, the first three. */
export function titlesOf(history: History, effects: readonly Effect[]): string {
  return [...new Set(effects.map(({ step }) => history.steps[step]!.title))].slice(0, 3).join(', ');
}

/** What is wrong with changing a file in place that is to be whole at every instant, and what helps. */
export function inPlaceWords(
  path: string,
  inPlace: readonly Effect[],
  { history, model }: { history: History; model: PersistenceModel },
): { sentence: string; fix: string } {
  return {
    sentence: `${path} is changed in place by ${titlesOf(history, inPlace)}: a crash may keep ${keptOf(inPlace, atomicUnitBytes(model))}`,
    fix: `write the new content to a temporary file, fsync it, and rename it over ${path}`,
  };
}

/** What a crash may keep of a file's changes in place. */
function keptOf(inPlace: readonly Effect[], unitBytes: number): string {
  const isTorn = inPlace.some(
    (effect) =>
      effect.kind === 'data' &&
      Math.floor(effect.offset / unitBytes) !== Math.floor((effect.offset + effect.length - 1) / unitBytes),
  );
  const asOne = `, for a disk writes no more than ${unitBytes} bytes as one`;
  const single = new Set(inPlace.map(({ step }) => step)).size === 1;
  if (single) return `a part of it without the rest${isTorn ? asOne : ''}`;
  return `one of these without the others${isTorn ? `, or a part of one${asOne}` : ''}`;
}
