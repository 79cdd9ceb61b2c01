/**
 * Does things in their order, each one begun before the last one has ended if that says that it may be: two at a time at
 * most.
 *
 * @param begin is given the thing, and what to call when the next one may be begun
 * @returns their outcomes, in order. When one fails, or whoever asks gives up, the next one is told by `giveUp` and waited
 *   for: nothing goes on unseen.
 */
export async function* oneAhead<Thing, Outcome>(
  things: readonly Thing[],
  begin: (thing: Thing, letNext: () => void) => Promise<Outcome>,
  giveUp: () => void,
): AsyncGenerator<Outcome> {
  const begun: Promise<Outcome>[] = [];
  let current = 0;
  /** The last one that lets the next one begin. */
  let letting = -1;
  const beginUpTo = (nth: number): void => {
    while (begun.length <= nth && begun.length < things.length) {
      const own = begun.length;
      const outcome = begin(things[own]!, () => {
        letting = Math.max(letting, own);
        if (own === current) beginUpTo(own + 1);
      });
      // Told when its turn comes.
      outcome.catch(() => {});
      begun.push(outcome);
    }
  };
  try {
    for (; current < things.length; current++) {
      beginUpTo(letting >= current ? current + 1 : current);
      yield await begun[current]!;
    }
  } finally {
    if (current < things.length) giveUp();
    await Promise.allSettled(begun);
  }
}
