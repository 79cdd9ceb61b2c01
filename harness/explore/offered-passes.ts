/**
 * Passes over crash points that others made, on whatever machine: what `explore.ndjson` has of finished ones.
 *
 * Guarantees: one is taken in place of a pass of our own only where that would have ended the same: it is of this trace,
 * and within the limit. Whether it covers all crash states is counted by whoever takes it.
 */
import { decodeDecisions } from './lane/messages.js';
import type { Pass } from './passes.js';
import type { PointLedger } from './point-ledger.js';
import type { FinishedPoint } from './progress-file.js';

/** What to offer. */
export interface WantedPasses {
  /** Crash points, ascending. */
  points: readonly number[];
  /** Leaves at most of one with whole writes, and of one with torn ones. */
  wholeLimit: number;
  tornLimit: number;
  /** Nobody waits for them any more. */
  signal: AbortSignal;
}

export type Kind = 'whole' | 'torn';

export class OfferedPasses {
  readonly #offered = new Map<string, FinishedPoint>();

  /** @throws Error where one is offered twice, or nobody wanted it */
  constructor(wanted: readonly number[], finished: readonly FinishedPoint[]) {
    const points = new Set(wanted);
    for (const one of finished) {
      if (!points.has(one.point)) throw new Error(`crash point ${one.point} was explored, and nobody asked`);
      const key = keyOf(one.point, one.torn ? 'torn' : 'whole');
      if (this.#offered.has(key)) throw new Error(`crash point ${one.point} was explored twice`);
      this.#offered.set(key, one);
    }
  }

  /** @returns null where there is none, or where one lane's pass would have ended at the limit */
  take({ point, count }: PointLedger, kind: Kind, limit: number): Pass | null {
    const offered = this.#offered.get(keyOf(point.id, kind));
    if (!offered || offered.leaves.length >= limit) return null;
    if (!offered.leaves.every(({ decisions }) => count.knows(decodeDecisions(decisions))))
      throw new Error(`crash point ${point.id} was explored in another trace`);
    return { complete: true, leaves: offered.leaves, recoveries: offered.recoveries };
  }
}

function keyOf(point: number, kind: Kind): string {
  return `${point} ${kind}`;
}
