import { type Choice, withoutUnsupported } from './crash-choices.js';
import type { CrashUnit, UnitSet } from './crash-units.js';

/** The units without which it breaks: puts back what the loss does not need, so that what stays missing is the cause. */
export function leastLoss(
  { set, choices }: { set: UnitSet; choices: readonly Choice[] },
  broken: Choice,
  isWhole: (choice: Choice) => boolean,
): CrashUnit[] {
  const possible = new Set(choices.map(keyOf));
  let choice = broken;
  for (let index = 0; index < choice.length; index++) {
    if (choice[index]) continue;
    const fuller = withoutUnsupported(
      set,
      choice.map((present, other) => present || other === index),
    );
    if (fuller[index] && possible.has(keyOf(fuller)) && !isWhole(fuller)) choice = fuller;
  }
  return set.units.filter((_, index) => !choice[index]);
}

function keyOf(choice: Choice): string {
  return choice.map((present) => (present ? '1' : '0')).join('');
}
