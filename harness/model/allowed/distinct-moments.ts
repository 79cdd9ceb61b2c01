import type { Durability } from '../durability.js';
import { firstWhere } from '../first-where.js';
import type { History } from '../history.js';
import type { CrashMoment } from './crash-moment.js';

/**
 * The moments of a history that differ in what had happened to its effects. Between two effects a program may give any
 * number of acks: for what may have survived, these are one moment.
 */
export class DistinctMoments {
  private readonly begins: Float64Array;
  private readonly durableFrom: Float64Array;

  constructor({ effects, steps }: History, durable: Durability) {
    this.begins = Float64Array.from(effects, ({ step }) => steps[step]!.enter).sort();
    this.durableFrom = durable.since.slice().sort();
  }

  /** The last moment at which no other effect has begun or become durable than at this one. */
  like({ begun, returned }: CrashMoment): CrashMoment {
    return { begun: atOrAfter(this.begins, begun), returned: atOrAfter(this.durableFrom, returned) };
  }
}

function atOrAfter(sorted: Float64Array, position: number): number {
  return sorted[firstWhere(sorted.length, (index) => sorted[index]! >= position)] ?? Number.POSITIVE_INFINITY;
}
