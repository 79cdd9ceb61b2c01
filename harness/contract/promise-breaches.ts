import { durability, type SyncChanges } from '../model/durability.js';
import type { History } from '../model/history.js';
import type { PersistenceModel } from '../model/persistence-model.js';
import type { Breach } from './breach.js';
import { judgeAtomicity } from './judge-atomicity.js';
import { judgeDurability, type Uncertainty } from './judge-durability.js';
import type { Promises } from './promise.js';

/** What of the promises a model does not keep, in the history as it is or with sync calls added or left out. */
export function promiseBreaches(of: {
  history: History;
  model: PersistenceModel;
  promises: Promises;
  changes: SyncChanges;
  /** Takes what keeps the answer from being more than `unknown`. */
  note?: Uncertainty[] | undefined;
}): Breach[] {
  const { history, model, promises, note } = of;
  const durable = durability(history, model, of.changes);
  const breaches: Breach[] = [];
  const take = (result: { breaches: Breach[]; uncertain: Uncertainty[] }): void => {
    breaches.push(...result.breaches);
    note?.push(...result.uncertain);
  };
  if (promises.snapshot) take(judgeDurability(history, durable, null));
  else if (promises.files.length > 0) take(judgeDurability(history, durable, promises.files));
  if (promises.atomic.length > 0) take(judgeAtomicity(history, durable, model, promises.atomic));
  return breaches;
}
