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
  /** Whether it is there, if that has been decided; does not decide. */
  known(piece: number): boolean | undefined;
}

/**
 * Decisions made on demand: the forced ones first, anything else `present` when it is first asked for.
 * What was asked for, in order, is the path that the search backtracks along.
 */
export class LazyDecisions implements Decider {
  readonly #known = new Map<number, boolean>();
  readonly path: Decision[] = [];

  constructor(forced: readonly Decision[]) {
    for (const decision of forced) this.take(decision);
  }

  isPresent(piece: number): boolean {
    const known = this.known(piece);
    if (known !== undefined) return known;
    this.take({ piece, present: true });
    return true;
  }

  known(piece: number): boolean | undefined {
    return this.#known.get(piece);
  }

  protected take({ piece, present }: Decision): void {
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

  known(piece: number): boolean {
    return this.isPresent(piece);
  }
}

/** Looks at the same crash states without deciding anything: what is undecided seems to be there. */
export function peeking(decider: Decider): Decider {
  return {
    isPresent: (piece) => decider.known(piece) ?? true,
    known: (piece) => decider.known(piece) ?? true,
  };
}
