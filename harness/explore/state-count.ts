/**
 * How many crash states a leaf stands for, and how many there are at a crash point: of n pending writes 2^n with whole
 * writes, and for each write that can be torn in t ways t * 2^(n-1) more.
 */
import { type Decision, lostPieces } from './decisions.js';
import { decodeDecisions, type EncodedDecisions } from './lane/messages.js';
import type { Pieces } from './pieces.js';
import type { TearPlace, TornLeaf } from './task-search.js';
import { tearsAmong, tearsOf } from './tears.js';

export interface CountedLeaf {
  decisions: EncodedDecisions;
  torn?: TornLeaf;
  tearable?: readonly TearPlace[];
}

export class StateCount {
  /** Crash states with whole writes. */
  readonly whole: bigint;
  /** Crash states with one write torn. */
  readonly torn: bigint;
  readonly #tears: number;

  constructor(
    private readonly pieces: Pieces,
    readonly pending: readonly number[],
  ) {
    this.whole = power(pending.length);
    this.#tears = pending.reduce((sum, piece) => sum + this.#tearsOf(piece), 0);
    this.torn = this.#tears === 0 ? 0n : BigInt(this.#tears) * power(pending.length - 1);
  }

  get total(): bigint {
    return this.whole + this.torn;
  }

  /** States of a leaf with whole writes; none of a torn one. */
  wholeIn({ decisions, torn }: CountedLeaf): bigint {
    return torn ? 0n : power(this.pending.length - decisions.length);
  }

  /**
   * States with one write torn that a leaf speaks for: its own if it is a torn one. Of a leaf with whole writes those in
   * which a write is torn that its recovery did not ask for, and those whose tear makes no difference to who reads.
   */
  tornIn({ decisions, torn, tearable = [] }: CountedLeaf): bigint {
    const others = this.pending.length - 1;
    if (torn) {
      const parts = decisions.filter((encoded) =>
        this.pieces.tornBy(encoded < 0 ? ~encoded : encoded),
      ).length;
      return BigInt(torn.tears) * power(others - (decisions.length - parts));
    }
    const decided = decodeDecisions(decisions);
    const unasked = this.#tears - decided.reduce((sum, { piece }) => sum + this.#tearsOf(piece), 0);
    let states = unasked === 0 ? 0n : BigInt(unasked) * power(others - decisions.length);
    for (const place of tearable) {
      const { parts } = this.pieces.tearable(decided[place.at]!.piece)!;
      const alike = tearsOf(parts).length - tearsAmong(parts, place.effective).length;
      states += BigInt(alike) * power(others - place.at);
    }
    return states;
  }

  statesIn(leaf: CountedLeaf): bigint {
    return this.wholeIn(leaf) + this.tornIn(leaf);
  }

  /** Are these all decisions about what is pending here? */
  knows(decisions: readonly Decision[]): boolean {
    const pending = new Set(this.pending);
    return decisions.every(({ piece }) => pending.has(this.pieces.tornBy(piece)?.piece ?? piece));
  }

  #tearsOf(piece: number): number {
    const write = this.pieces.tearable(piece);
    return write ? tearsOf(write.parts).length : 0;
  }
}

/** The pieces lost in the plainest state of a leaf. */
export function lostIn({ decisions, torn }: CountedLeaf): number[] {
  return torn?.lost ?? lostPieces(decodeDecisions(decisions));
}

function power(exponent: number): bigint {
  return 2n ** BigInt(Math.max(0, exponent));
}
