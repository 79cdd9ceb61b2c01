import type { WholePromise } from '../contract/breach/whole-promise.js';
import type { PersistenceModel } from '../model/persistence-model.js';
import type { Mutant } from './mutants-result.js';
import type { Mutation } from './mutations.js';
import type { StateChange, StateChanges } from './superfluity.js';
import type { TheTest } from './the-test.js';

export type MutantVerdict = Pick<Mutant, 'result' | 'why' | 'reason'>;

/** What judging by one model needs. */
export interface ModelBench {
  model: PersistenceModel;
  test: TheTest;
  states: StateChanges;
  whole: WholePromise;
  hasChecker: boolean;
}

/** The verdict of all models: noticed by one is noticed; superfluous only by all. */
export async function judgeMutation(
  { changes }: Mutation,
  benches: readonly ModelBench[],
): Promise<MutantVerdict> {
  const verdicts: MutantVerdict[] = [];
  for (const bench of benches) {
    const verdict = await judgeByModel(changes, bench);
    if (verdict.result === 'killed') return verdict;
    verdicts.push(verdict);
  }
  return (
    verdicts.find(({ result }) => result === 'unknown') ??
    verdicts.find(({ why }) => why === 'too_weak') ??
    verdicts[0]!
  );
}

async function judgeByModel(
  changes: Mutation['changes'],
  { model, test, states, whole, hasChecker }: ModelBench,
): Promise<MutantVerdict> {
  const change = states.of(changes);
  // Nothing new to show to the test.
  if (change.kind === 'none') return superfluous(`by the ${model.name} model ${change.proof}`);
  const answer = await test.ask(changes);
  if (answer.result !== 'survived') return { ...answer, why: null };
  const { breaches, uncertain } = whole.newBreaches(changes);
  const [breach] = breaches;
  if (breach)
    return tooWeak(`${breach.ack ? `after ack '${breach.ack.text}', ` : ''}lost: ${breach.lost[0]}`);
  if (uncertain.length > 0) return { result: 'unknown', why: null, reason: uncertain[0]! };
  return hasChecker ? tooWeak(change.state) : superfluous(keepsAll(model, change));
}

function keepsAll(model: PersistenceModel, { later }: StateChange & { kind: 'more' }): string {
  return `by the ${model.name} model ${later}; all that could be seen at an ack survives, and what takes a name by rename is whole (judged again without it): only a checker that asks for the order in between could notice`;
}

function superfluous(proof: string): MutantVerdict {
  return { result: 'survived', why: 'superfluous', reason: proof };
}

function tooWeak(state: string): MutantVerdict {
  return { result: 'survived', why: 'too_weak', reason: `the test accepts: ${state}` };
}
