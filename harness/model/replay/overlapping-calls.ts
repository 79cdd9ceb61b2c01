import type { Call } from '../../syscalls/call.js';
import { firstWhere } from '../first-where.js';

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
    const begun = firstWhere(this.calls.length, (at) => this.calls[at]!.enter >= exit);
    for (let at = begun - 1; at >= 0 && this.latestExit[at]! > enter; at--)
      if (this.calls[at]!.exit > enter) yield this.calls[at]!;
  }
}
