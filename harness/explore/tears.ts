/**
 * The ways in which one write is torn.
 *
 * Of a write that falls into p parts: cut at one place, with the parts on one side of it lost; one part lost; one part
 * alone there. That is all subsets of up to three parts but the two that are no tear (all there, none there), and
 * 4p - 6 where there are more: what a disk leaves that was writing from one end to the other, and what breaks whoever
 * trusts in a first and a last block that agree.
 */
import { type Decider, type Decision, LazyDecisions } from './decisions.js';
import type { TornWrite } from './pieces.js';

/** Which parts are there. */
export type Tear = readonly boolean[];

const known = new Map<number, readonly Tear[]>();

/** All tears of a write of so many parts, each once. */
export function tearsOf(parts: number): readonly Tear[] {
  let tears = known.get(parts);
  if (!tears) {
    const positions = Array.from({ length: parts }, (_, i) => i);
    const all = positions.flatMap((at) => [
      positions.map((i) => i < at),
      positions.map((i) => i >= at),
      positions.map((i) => i !== at),
      positions.map((i) => i === at),
    ]);
    const distinct = new Map(all.map((tear) => [tear.join(), tear]));
    tears = [...distinct.values()].filter((tear) => tear.includes(true) && tear.includes(false));
    known.set(parts, tears);
  }
  return tears;
}

/** The tears that are no whole write where only these parts of it make a difference. */
export function tearsAmong(parts: number, effective: readonly number[]): readonly Tear[] {
  return tearsOf(parts).filter((tear) => {
    const there = effective.filter((position) => tear[position]).length;
    return there > 0 && there < effective.length;
  });
}

/**
 * Decisions made on demand about whole writes, and about the parts of one that is torn. Of its parts only what is not
 * settled by the others is decided: where the first part is lost and the second is there, the third is, too.
 */
export class TornDecisions extends LazyDecisions {
  #left: readonly Tear[];

  constructor(
    forced: readonly Decision[],
    private readonly torn: TornWrite,
    tears: readonly Tear[],
  ) {
    super([]);
    this.#left = tears;
    for (const decision of forced) this.take(decision);
  }

  /** The tears that agree with what was decided so far. */
  get left(): readonly Tear[] {
    return this.#left;
  }

  override known(piece: number): boolean | undefined {
    const position = piece - this.torn.first;
    if (position < 0 || position >= this.torn.parts) return super.known(piece);
    const there = this.#left.some((tear) => tear[position]);
    const lost = this.#left.some((tear) => !tear[position]);
    return there === lost ? undefined : there;
  }

  protected override take(decision: Decision): void {
    super.take(decision);
    const position = decision.piece - this.torn.first;
    if (position < 0 || position >= this.torn.parts) return;
    this.#left = this.#left.filter((tear) => tear[position] === decision.present);
  }
}

/** A decider under which nothing more is decided: for a look at what a crash state depends on. */
export function decidedOnly(decisions: readonly Decision[]): Pick<Decider, 'known'> {
  const map = new Map(decisions.map(({ piece, present }) => [piece, present]));
  return { known: (piece) => map.get(piece) };
}
