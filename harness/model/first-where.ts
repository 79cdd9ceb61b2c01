/** The first position below `count` where something holds that holds at all later ones, too; `count` where none does. */
export function firstWhere(count: number, holds: (position: number) => boolean): number {
  let from = 0;
  let to = count;
  while (from < to) {
    const middle = (from + to) >> 1;
    if (holds(middle)) to = middle;
    else from = middle + 1;
  }
  return from;
}
