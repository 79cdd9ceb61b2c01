/** Whether a pending piece had reached the disk when the power went. */
export interface Decision {
  piece: number;
  present: boolean;
}

/** The pieces that these decisions take away, ascending. */
export function lostPieces(decisions: readonly Decision[]): number[] {
  return decisions
    .filter(({ present }) => !present)
    .map(({ piece }) => piece)
    .sort((a, b) => a - b);
}

/** Answers, once and for all within a recovery, whether a pending piece is there. */
export interface Decider {
  isPresent(piece: number): boolean;
}

/**
 * Decisions made on demand: the forced ones first, anything else `present` when it is first asked for.
 * What was asked for, in order, is the path that the search backtracks along.
 */
export class LazyDecisions implements Decider {
  readonly #known = new Map<number, boolean>();
  readonly path: Decision[] = [];

  constructor(forced: readonly Decision[]) {
    for (const { piece, present } of forced) this.#add(piece, present);
  }

  isPresent(piece: number): boolean {
    const known = this.#known.get(piece);
    if (known !== undefined) return known;
    this.#add(piece, true);
    return true;
  }

  /** The same without deciding: what a piece is, or would be if it were asked for now. */
  peek(piece: number): boolean {
    return this.#known.get(piece) ?? true;
  }

  #add(piece: number, present: boolean): void {
    this.#known.set(piece, present);
    this.path.push({ piece, present });
  }
}

/** Every piece decided in advance: present unless it is among the lost ones. */
export class EagerDecisions implements Decider {
  readonly #lost: ReadonlySet<number>;

  constructor(lost: Iterable<number>) {
    this.#lost = new Set(lost);
  }

  isPresent(piece: number): boolean {
    return !this.#lost.has(piece);
  }
}
