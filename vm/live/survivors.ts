/** Which of the writes that were in the disk's cache when the power went are on the disk all the same. */

/**
 * @param pending numbers of the pending pieces
 * @returns those that are lost: all, none, or a random part, from few to most
 */
export function lostPieces(random: () => number, pending: readonly number[]): number[] {
  const kind = random();
  if (kind < 0.3) return [...pending];
  if (kind < 0.4) return [];
  const share = random();
  return pending.filter(() => random() < share);
}
