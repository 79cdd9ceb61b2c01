import { posix } from 'node:path';
import { withoutNumbers } from '../contract/sources/loop-turns.js';
import type { Sighting } from '../explore/leaf-book.js';
import type { Grounds } from './observed-cause.js';

/** Sightings of one cause: twenty files that nobody synced are one mistake. */
export interface CauseGroup {
  /** The plainest first, as they were sighted. */
  sightings: [Sighting, ...Sighting[]];
  grounds: Grounds;
}

/**
 * Where the calls tell, what rests on the same calls is one cause. Where they do not, files are told apart by their
 * folder and by their names without the numbers in them, and by the way in which they are not what they should be.
 */
export function gatherByCause(
  sightings: readonly Sighting[],
  groundsOf: (sighting: Sighting) => Grounds,
): CauseGroup[] {
  const groups = new Map<string, CauseGroup>();
  for (const sighting of sightings) {
    const grounds = groundsOf(sighting);
    const key = causeKey(sighting, grounds);
    const group = groups.get(key);
    if (group) group.sightings.push(sighting);
    else groups.set(key, { sightings: [sighting], grounds });
  }
  return [...groups.values()];
}

function causeKey({ problem, lost, nested, torn, signature }: Sighting, { causes }: Grounds): string {
  const { kind, path, failure, breach } = problem;
  if (path === null || kind === 'corruption') return signature;
  const rule = breach?.rule ?? null;
  if (causes.length > 0) return JSON.stringify([rule, nested, causes.map(({ id }) => id)]);
  const name = posix.join(posix.dirname(path), withoutNumbers(posix.basename(path)));
  return JSON.stringify([rule, nested, torn, failure, breach?.manner ?? null, name, lost.length === 0]);
}
