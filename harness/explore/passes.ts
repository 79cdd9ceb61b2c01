/** Passes over crash points: the leaves that lanes found on the way to all crash states of one, or to a limit. */
import type { CrashPoint } from './crash-points.js';
import type { ExplorationStart, LanePool, LeafMessage } from './lane-pool.js';
import type { LeafRecord } from './point-ledger.js';

export interface Pass {
  /** All there is was reached; else it ended at the limit, or was stopped. */
  complete: boolean;
  leaves: LeafRecord[];
  /** A leaf that a lane knew from another crash point took none. */
  recoveries: number;
}

export interface PassOptions {
  /** Leaves at most. */
  limit: number;
  /** Without it, from the crash point's beginning. */
  starts?: readonly ExplorationStart[] | undefined;
  /** Nobody wants any more of it. */
  isStopped: () => boolean;
}

export class Passes {
  /** Those under way, by crash point. */
  readonly #open = new Map<number, Pick<Pass, 'leaves' | 'recoveries'>>();

  /** A lane has found a leaf of a pass that is under way. */
  receive({ point, decisions, problems, remembered, nested, torn, tearable }: LeafMessage): void {
    const pass = this.#open.get(point)!;
    pass.leaves.push({
      decisions,
      problems,
      ...(torn ? { torn } : {}),
      ...(tearable ? { tearable } : {}),
      ...(nested ? { nested } : {}),
    });
    if (!remembered) pass.recoveries++;
  }

  /**
   * One pass over a crash point with at most so many leaves. Lanes share it; where that ended at the limit, which leaves
   * were reached is chance, and one lane makes the pass again, in order.
   */
  async make(pool: LanePool, point: CrashPoint, { limit, starts, isStopped }: PassOptions): Promise<Pass> {
    const attempt = async (alone: boolean) => {
      const pass = { leaves: [] as LeafRecord[], recoveries: 0 };
      this.#open.set(point.id, pass);
      const options = {
        ...{ limit, alone, memory: Math.max(-1, ...point.lastFlushes), disk: point.disk },
        ...(starts ? { starts } : {}),
      };
      const { complete, shared } = await pool.explore(point.id, options);
      this.#open.delete(point.id);
      return { ...pass, complete, shared };
    };
    let result = await attempt(false);
    if (!result.complete && result.shared && !isStopped()) result = await attempt(true);
    const { complete, leaves, recoveries } = result;
    return { complete, leaves, recoveries };
  }
}
