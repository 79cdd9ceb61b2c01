import { type Choice, withoutUnsupported } from './choices.js';
import type { CrashUnit, UnitSet } from './units.js';

/** A count: what is not put back then is told as lost, which is a crash as good as any. */
const mostTries = 400;

/**
 * The units without which it breaks: puts back what the loss does not need, so that what stays missing is the cause. Halves
 * are tried before their parts: to look at a state costs as much as its files are large, and a long write has thousands of
 * units.
 */
export function leastLoss(
  { set, fits }: { set: UnitSet; fits?(choice: Choice): boolean },
  broken: Choice,
  isWhole: (choice: Choice) => boolean,
): CrashUnit[] {
  let tries = mostTries;
  let choice = broken;
  const putBack = (from: number, to: number): void => {
    if (tries === 0 || choice.slice(from, to).every((present) => present)) return;
    tries--;
    const fuller = withoutUnsupported(
      set,
      choice.map((present, index) => present || (from <= index && index < to)),
    );
    const isFuller = fuller.some((present, index) => present && !choice[index]);
    if (isFuller && (fits?.(fuller) ?? true) && !isWhole(fuller)) choice = fuller;
    else if (to - from > 1) {
      const middle = (from + to) >> 1;
      putBack(from, middle);
      putBack(middle, to);
    }
  };
  putBack(0, choice.length);
  return set.units.filter((_, index) => !choice[index]);
}
