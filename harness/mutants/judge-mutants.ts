import { WholePromise, withAcks } from '../contract/breach/whole-promise.js';
import type { SourceLines } from '../contract/sources/source-lines.js';
import type { History } from '../model/history.js';
import { modelOnDisk } from '../model/model-catalogue.js';
import type { Scenario } from '../scenario/schema/scenario.js';
import { judgeMutation, type ModelBench } from './judge-mutation.js';
import type { Mutant } from './mutants-result.js';
import { displacements, type Mutation, removal } from './mutations.js';
import { StateChanges } from './superfluity.js';
import type { SyncPlace } from './sync-places.js';
import { TheTest } from './the-test.js';

export interface MutantsOfHistoryOptions {
  scenario: Scenario;
  history: History;
  sources: SourceLines;
  /** See `syncPlaces`. */
  places: readonly SyncPlace[];
  /** The checker's environment. */
  env: NodeJS.ProcessEnv;
  /** An existing folder for crash directories. */
  workDir: string;
  signal?: AbortSignal | undefined;
  onStep?: ((step: string) => void) | undefined;
}

/**
 * Deletes and displaces the sync calls of a run, one place after the other, and asks the test each time. Runs nothing
 * but the scenario's checker. Of each place the first mutant is its deletion.
 */
export async function mutantsOfHistory(
  options: MutantsOfHistoryOptions,
): Promise<{ mutants: Mutant[]; notes: string[] }> {
  const { history, places, signal, onStep } = options;
  const benches = benchesOf(options);
  const mutants: Mutant[] = [];
  const judge = async (mutation: Mutation): Promise<Mutant> => {
    signal?.throwIfAborted();
    onStep?.(mutation.change);
    const { kind, place, change } = mutation;
    const { call, at, steps } = place;
    const verdict = await judgeMutation(mutation, benches);
    const id = `M${mutants.length + 1}`;
    const mutant = { id, kind, call, at, times: steps.length, change, ...verdict, replay: null };
    mutants.push(mutant);
    return mutant;
  };
  for (const place of places) {
    const removed = await judge(removal(place));
    // What nobody misses nobody misses elsewhere.
    if (removed.why === 'superfluous') continue;
    for (const mutation of displacements(history, place)) await judge(mutation);
  }
  return { mutants, notes: notesOn(mutants, benches, history) };
}

function benchesOf(of: MutantsOfHistoryOptions): ModelBench[] {
  const { history, scenario } = of;
  const acked = withAcks(history);
  const { atomic_unit } = scenario.storage[0]!.disk;
  return scenario.models.map((name) => {
    const model = modelOnDisk(name, atomic_unit);
    return {
      model,
      test: new TheTest({ ...of, model }),
      states: new StateChanges(acked, model),
      whole: new WholePromise(acked, model, scenario.promise?.ignore ?? []),
      hasChecker: scenario.checker !== undefined,
    };
  });
}

function notesOn(mutants: readonly Mutant[], benches: readonly ModelBench[], history: History): string[] {
  const notes: string[] = [];
  if (mutants.length === 0)
    notes.push('the program made no sync call that succeeded: there is nothing to delete');
  if (history.acks.length === 0) {
    notes.push('the program gave no ack: what it left at its end stands for what it should keep');
  }
  const weak = mutants.filter(({ why }) => why === 'too_weak').length;
  if (benches.every(({ test }) => test.checksNothing)) {
    notes.push('the test checks nothing: it promises nothing and has no checker, so every mutant survives');
  } else if (weak > 0 && !mutants.some(({ result }) => result === 'killed')) {
    notes.push('the test noticed none of them: it accepts whatever a power cut leaves');
  }
  return notes;
}
