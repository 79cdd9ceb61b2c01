import { durability, type SyncChanges } from '../../model/durability.js';
import type { History } from '../../model/history.js';
import type { PersistenceModel } from '../../model/persistence-model.js';
import { type Promised, promisesDurability } from '../../promise/promises.js';
import { judgeAtomicity } from './atomicity.js';
import { judgeDurability } from './durability.js';
import type { Uncertainty } from './uncertainty.js';
import type { UnkeptPromise } from './unkept-promise.js';

/** What of the promises a model does not keep, in the history as it is or with sync calls added or left out. */
export function promiseBreaches(of: {
  history: History;
  model: PersistenceModel;
  promises: Promised;
  changes: SyncChanges;
  /** Takes what keeps the answer from being more than `unknown`. */
  note?: Uncertainty[] | undefined;
}): UnkeptPromise[] {
  const { history, model, promises, note } = of;
  const durable = durability(history, model, of.changes);
  const breaches: UnkeptPromise[] = [];
  const take = (result: { breaches: UnkeptPromise[]; uncertain: Uncertainty[] }): void => {
    breaches.push(...result.breaches);
    note?.push(...result.uncertain);
  };
  if (promisesDurability(promises)) take(judgeDurability({ history, durable, model, promises }));
  if (promises.atomic.length > 0) take(judgeAtomicity({ history, durable, model, promises }));
  const known = new Set(breaches.filter(({ kind }) => kind === 'atomicity').map(placeOf));
  // A file that is to be whole at every instant and to survive acks breaks both promises in one place.
  return breaches.filter((breach) => breach.kind === 'atomicity' || !known.has(placeOf(breach)));
}

/** Equal for breaches that the same sync call mends at the same place. */
function placeOf({ path, beforeStep, missing }: UnkeptPromise): string {
  return `${path} ${beforeStep} ${missing?.inode.id} ${missing?.afterStep}`;
}
