/**
 * A file's effects, told apart at a moment: the first ones, all of which were durable, and the rest. What the first ones
 * made of the file is known, whatever became of the rest, so it is worked out once and not for each tree that is asked
 * about: a file that was appended to and synced a thousand times has one or two effects that can be lost.
 */
import { Content } from '../content.js';
import type { Effect } from '../effect.js';
import { firstWhere } from '../first-where.js';
import type { CrashMoment } from './crash-moment.js';
import { initialSizes, type SizeRange, sizesAfter } from './possible-sizes.js';

/** What a file was made, and by how many of its effects. */
interface Settled {
  count: number;
  /** Its bytes; those behind its end, too. null: it had none. */
  bytes: Content | null;
  sizes: readonly SizeRange[];
}

/** A file at a moment. */
export interface FileAtMoment extends Pick<Settled, 'bytes' | 'sizes'> {
  /** What had begun besides, in order. */
  open: readonly Effect[];
}

/** Moments that are asked about lie near to each other, in as many places as there are lanes. */
const mostKept = 8;

export class SettledFile {
  /** By how many of the first effects: from when on they had all begun, and were all durable. */
  readonly #begun: Float64Array;
  readonly #durable: Float64Array;
  /** By position: before which moment none of the effects from there on had begun. */
  readonly #laterBegin: Float64Array;
  /** The one that was asked for last comes last. */
  readonly #kept: Settled[] = [];
  readonly #first: Settled;

  /**
   * @param enterOf the position at which an effect began
   * @param durableFrom the position after which it was durable
   */
  constructor(
    initial: Content | null,
    private readonly effects: readonly Effect[],
    private readonly enterOf: (effect: Effect) => number,
    durableFrom: (effect: Effect) => number,
  ) {
    this.#begun = maximaBefore(effects.map(enterOf));
    this.#durable = maximaBefore(effects.map(durableFrom));
    this.#laterBegin = Float64Array.from(maximaBefore(effects.map((effect) => -enterOf(effect)).reverse()))
      .reverse()
      .map((negative) => -negative);
    this.#first = { count: 0, bytes: initial, sizes: initialSizes(initial) };
  }

  at({ begun, returned }: CrashMoment): FileAtMoment {
    const { effects } = this;
    const above = (maxima: Float64Array, moment: number): number =>
      firstWhere(maxima.length, (count) => maxima[count]! >= moment);
    const count = Math.min(above(this.#begun, begun), above(this.#durable, returned)) - 1;
    const end = firstWhere(effects.length, (position) => this.#laterBegin[position]! >= begun);
    const { bytes, sizes } = this.#settled(count);
    return { bytes, sizes, open: effects.slice(count, end).filter((effect) => this.enterOf(effect) < begun) };
  }

  #settled(count: number): Settled {
    const nearest = [this.#first, ...this.#kept]
      .filter((one) => one.count <= count)
      .reduce((best, one) => (one.count >= best.count ? one : best));
    const settled = nearest.count === count ? nearest : this.#goOn(nearest, count);
    const at = this.#kept.indexOf(settled);
    if (at >= 0) this.#kept.splice(at, 1);
    this.#kept.push(settled);
    if (this.#kept.length > mostKept) this.#kept.shift();
    return settled;
  }

  #goOn(from: Settled, count: number): Settled {
    const bytes = from.bytes?.clone() ?? new Content();
    let { sizes } = from;
    for (const effect of this.effects.slice(from.count, count)) {
      if (effect.kind === 'size') {
        if (effect.to < effect.from) bytes.truncate(effect.to);
        sizes = sizesAfter(sizes, effect, true);
      } else if (effect.kind === 'data') {
        const { offset, length } = effect;
        if (effect.bytes) bytes.write(offset, effect.bytes);
        else bytes.zero(offset, length);
        // Of what lies behind the file's end nothing may be overlooked: it may have grown, too.
        bytes.size = Math.max(bytes.size, offset + length);
      }
    }
    return { count, bytes, sizes };
  }
}

/** By count: the largest of the first so many; of none, less than any position. */
function maximaBefore(positions: readonly number[]): Float64Array {
  const maxima = new Float64Array(positions.length + 1);
  maxima[0] = Number.NEGATIVE_INFINITY;
  positions.forEach((position, at) => {
    maxima[at + 1] = Math.max(maxima[at]!, position);
  });
  return maxima;
}
