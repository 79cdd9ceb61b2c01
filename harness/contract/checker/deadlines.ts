/**
 * What a time that the user set leaves: for the search the larger part, the rest for finding out why. By
 * performance.now(); nothing is ever over where no time was set.
 */
export class Deadlines {
  /** Of the time, for looking at crash states. */
  static readonly searchShare = 0.7;
  private readonly begun = performance.now();

  /** @param timeMs null: no time was set */
  constructor(private readonly timeMs: number | null) {}

  /** null: none. */
  get search(): number | null {
    return this.timeMs === null ? null : this.begun + this.timeMs * Deadlines.searchShare;
  }

  get all(): number | null {
    return this.timeMs === null ? null : this.begun + this.timeMs;
  }

  get leftMs(): number {
    return this.all === null ? Number.POSITIVE_INFINITY : Math.max(0, this.all - performance.now());
  }

  get isOver(): boolean {
    return this.leftMs === 0;
  }
}
