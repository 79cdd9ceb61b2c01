import type { Call } from '../../syscalls/call.js';

type Lasting = Pick<Call, 'enter' | 'exit'>;

/** Calls by when they lasted, so that those under way at some time are found without going through all. */
export class OverlappingCalls<Of extends Lasting> {
  /** By entry. */
  private readonly calls: readonly Of[];
  /** The latest exit among the first, second, ... call and those before it. */
  private readonly latestExit: number[] = [];

  constructor(calls: readonly Of[]) {
    this.calls = calls.toSorted((a, b) => a.enter - b.enter);
    let latest = Number.NEGATIVE_INFINITY;
    for (const { exit } of this.calls) {
      latest = Math.max(latest, exit);
      this.latestExit.push(latest);
    }
  }

  /** Those that began before its end and ended after its begin, the latest first. */
  *with({ enter, exit }: Lasting): Generator<Of> {
    for (let at = this.countBefore(exit) - 1; at >= 0 && this.latestExit[at]! > enter; at--)
      if (this.calls[at]!.exit > enter) yield this.calls[at]!;
  }

  private countBefore(exit: number): number {
    let low = 0;
    let high = this.calls.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.calls[middle]!.enter < exit) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
