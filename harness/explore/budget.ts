/**
 * How much an exploration may look at: a count, the same on every machine and with any number of lanes.
 *
 * Counted are leaves: groups of crash states that were judged together, each of which takes one recovery or none.
 * Crash points over the same disk count once, whatever was acked in between.
 */
import type { Explore } from '../scenario/schema/explore.js';
import type { CrashPoint } from './crash-points.js';
import type { PointLedger } from './point-ledger.js';

/** Where nobody set a limit. */
const defaultLeaves = 20_000;

export class Budget {
  /** Leaves in all. */
  readonly total: number;
  /** Leaves of one crash point in one pass. */
  readonly perPoint: number;
  readonly #spent = new Map<string, number>();
  #sum = 0;

  constructor({ budget }: Explore, ledgers: readonly PointLedger[]) {
    this.perPoint = budget.recoveries_per_crash_point ?? Number.POSITIVE_INFINITY;
    const disks = new Map(ledgers.map((ledger) => [ledger.point.disk, ledger.pending.length + 2]));
    const least = [...disks.values()].reduce((sum, states) => sum + states, 0);
    // What a pass needs is not cut by a limit that nobody set.
    this.total = budget.recoveries ?? Math.max(defaultLeaves, 4 * least);
  }

  get left(): number {
    return this.total - this.#sum;
  }

  /** How many disks these crash points are. */
  static disks(ledgers: readonly PointLedger[]): number {
    return new Set(ledgers.map(({ point }) => point.disk)).size;
  }

  /** What a pass over a crash point took. One that is made again, with more, takes no more than the larger one. */
  spend(point: CrashPoint, what: string, leaves: number): void {
    const key = `${what} ${point.disk}`;
    const known = this.#spent.get(key) ?? 0;
    this.#spent.set(key, Math.max(known, leaves));
    this.#sum += Math.max(0, leaves - known);
  }

  /** One state tried by itself. */
  spendOne(): void {
    this.#sum++;
  }
}
