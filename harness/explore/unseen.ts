import { shortCount } from '../verdict/short-count.js';
import type { Budget } from './budget.js';
import type { PointLedger } from './point-ledger.js';

/** How an exploration that looked at less than all came to its end. */
export interface SearchEnd {
  outOfTime: boolean;
  foundEnough: boolean;
  budget: Pick<Budget, 'left' | 'perPoint' | 'total'>;
}

/** What was not looked at, and why, in sentences; none where all was. */
export function unseenOf(
  ledgers: readonly PointLedger[],
  { states, totalStates }: { states: bigint; totalStates: bigint },
  end: SearchEnd,
): string[] {
  const told = (left: readonly PointLedger[], what: string): string =>
    `${reason(end)} before ${left.length} of ${ledgers.length} crash points were ${what}`;
  const part = `${shortCount(states)} of ${shortCount(totalStates)} crash states were judged`;
  const incomplete = ledgers.filter(({ isComplete }) => !isComplete);
  const partly = incomplete.filter(({ isWhole }) => !isWhole);
  const bare = ledgers.filter(({ isSystematic }) => !isSystematic);
  const untorn = incomplete.filter(({ isWhole }) => isWhole);
  const unseen: string[] = [];
  if (partly.length > 0) unseen.push(`${told(partly, 'explored whole')}: ${part}`);
  if (bare.length > 0)
    unseen.push(
      `${told(bare, 'looked at with everything lost, nothing lost and each single write missing')}: without that there is no pass`,
    );
  if (untorn.length > 0) unseen.push(`${told(untorn, 'explored with each write torn')}: ${part}`);
  return unseen;
}

function reason({ outOfTime, foundEnough, budget }: SearchEnd): string {
  if (outOfTime) return 'the time budget (explore.budget.time) ended';
  if (foundEnough) return 'what was found was enough, and the search ended';
  return budget.left >= 1 && Number.isFinite(budget.perPoint)
    ? `the budget of each crash point (explore.budget.recoveries_per_crash_point) of ${budget.perPoint} ended`
    : `the recovery budget (explore.budget) of ${budget.total} ended`;
}
