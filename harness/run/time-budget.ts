/**
 * The time that the user gave a run (`explore.budget.time`), for everything it starts once the workload was recorded: a
 * further recording, exploring, judging, explaining, repairs, scenes. Recording the workload takes what the workload takes.
 */
export class TimeBudget {
  private until: number | null = null;

  /** @param timeMs undefined: as long as it takes */
  constructor(private readonly timeMs: number | undefined) {}

  /** The first recording is done. */
  begin(): void {
    if (this.timeMs !== undefined) this.until ??= performance.now() + this.timeMs;
  }

  /** Milliseconds, of what is left; null where no time was set. */
  share(part = 1): number | null {
    return this.until === null ? null : Math.max(1, (this.until - performance.now()) * part);
  }

  get isOver(): boolean {
    return this.until !== null && performance.now() >= this.until;
  }
}
