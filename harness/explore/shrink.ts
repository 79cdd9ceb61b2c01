/**
 * The smallest set of lost pieces that still shows a problem: no single one of them can be given back. Large
 * parts are tried before single pieces (delta debugging, Zeller and Hildebrandt 2002), the empty set first: then
 * nothing needs to be lost, what is missing had not been written yet.
 */
export async function shrinkLost(
  lost: readonly number[],
  stillShows: (lost: number[]) => Promise<boolean>,
): Promise<number[]> {
  if (lost.length === 0 || (await stillShows([]))) return [];
  let current = [...lost];
  for (let partLength = Math.ceil(current.length / 2); partLength >= 1; ) {
    let removedAny = false;
    for (let start = 0; start < current.length; ) {
      const without = [...current.slice(0, start), ...current.slice(start + partLength)];
      if (without.length > 0 && without.length < current.length && (await stillShows(without))) {
        current = without;
        removedAny = true;
      } else start += partLength;
    }
    if (partLength === 1 && !removedAny) break;
    partLength = partLength === 1 ? 1 : Math.ceil(partLength / 2);
  }
  return current;
}
