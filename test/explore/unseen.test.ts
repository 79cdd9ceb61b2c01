import t from 'tap';
import type { PointLedger } from '../../harness/explore/point-ledger.js';
import { unseenOf } from '../../harness/explore/unseen.js';

t.test('what was not looked at is told in numbers that a person reads', (t) => {
  const open = { isComplete: false, isWhole: false, isSystematic: true } as PointLedger;
  const done = { isComplete: true, isWhole: true, isSystematic: true } as PointLedger;
  const end = { outOfTime: false, foundEnough: false, budget: { left: 0, perPoint: Infinity, total: 12 } };
  const reason =
    'the recovery budget (explore.budget) of 12 ended before 1 of 2 crash points were explored whole';
  const told = (totalStates: bigint): string[] => unseenOf([open, done], { states: 12n, totalStates }, end);
  t.strictSame(told(3_174_078_260_727_715_024n), [`${reason}: 12 of 3.17e18 crash states were judged`]);
  t.strictSame(told(178n), [`${reason}: 12 of 178 crash states were judged`]);
  t.end();
});
