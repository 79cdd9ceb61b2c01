/** The proof of a superfluous call holds: leaving it out allows no state that was not allowed before. */
import fc from 'fast-check';
import t from 'tap';
import { crashChoices } from '../../harness/contract/crash/choices.js';
import { contractCrashPoints } from '../../harness/contract/crash/points.js';
import { CrashTrees } from '../../harness/contract/crash/tree.js';
import { crashUnits, pendingAt } from '../../harness/contract/crash/units.js';
import { noSourceLines } from '../../harness/contract/sources/source-lines.js';
import { durability, noSyncChanges, type SyncChanges } from '../../harness/model/durability.js';
import type { History } from '../../harness/model/history.js';
import { modelNames, persistenceModel } from '../../harness/model/model-catalogue.js';
import type { PersistenceModel } from '../../harness/model/persistence-model.js';
import { removal } from '../../harness/mutants/mutations.js';
import { StateChanges } from '../../harness/mutants/superfluity.js';
import { syncPlaces } from '../../harness/mutants/sync-places.js';
import { writtenProgram, writtenProgramFiles } from '../contract/written-program.js';
import { replayWritten } from '../contract/written-trace.js';

const everyChoice = { exhaustiveUnits: 11, limit: 1 << 11, seed: 1 };

/** Every tree with the acks given by then that a power cut can leave; null when there are too many. */
function statesOf(history: History, model: PersistenceModel, changes: SyncChanges): Set<string> | null {
  const durable = durability(history, model, changes);
  const states = new Set<string>();
  for (const { position, acks } of contractCrashPoints(history, durable)) {
    const set = crashUnits(pendingAt(history.effects, durable, position), model);
    if (set.units.length > everyChoice.exhaustiveUnits) return null;
    const trees = new CrashTrees(history, durable, position, set);
    for (const choice of crashChoices(set, everyChoice).choices)
      states.add(`${trees.digest(trees.tree(choice))} ${acks}`);
  }
  return states;
}

for (const name of modelNames) {
  t.test(`${name}: by enumeration`, async (t) => {
    const model = persistenceModel(name);
    let proofs = 0;
    let others = 0;
    fc.assert(
      fc.property(writtenProgram, (calls) => {
        const history = replayWritten(calls, writtenProgramFiles);
        const before = statesOf(history, model, noSyncChanges);
        fc.pre(before !== null);
        const changed = new StateChanges(history, model);
        for (const place of syncPlaces(history, noSourceLines)) {
          const { changes } = removal(place);
          const { kind } = changed.of(changes);
          if (kind === 'more') others++;
          if (kind === 'more') continue;
          const after = statesOf(history, model, changes);
          if (after === null) continue;
          proofs++;
          for (const state of after) if (!before!.has(state)) throw new Error(`${place.call} is missed`);
        }
      }),
      { numRuns: 150 },
    );
    // Under some models a plain fsync makes nothing durable, or every call does.
    t.ok(
      proofs > 0 && (others > 0 || name !== 'posix'),
      `${proofs} proofs, ${others} calls that may be missed`,
    );
  });
}
