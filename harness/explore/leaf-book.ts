import { type Problem, signatureOf } from '../judge/judgement.js';
import { lostPieces } from './decisions.js';
import { decodeDecisions, type EncodedDecisions } from './lane/messages.js';

/** A leaf as the book keeps it: the decisions, and which findings it shows. */
export interface BookedLeaf {
  decisions: EncodedDecisions;
  /** Signatures of its problems. */
  problems: string[];
}

/** A distinct problem with the crash state that shows it best. */
export interface Sighting {
  signature: string;
  problem: Problem;
  point: number;
  /** Pieces that were lost in that state. */
  lost: number[];
  /** Leaves that show the same problem. */
  leaves: number;
  /** Seen only by crashing the recovery of that state again. */
  nested: boolean;
}

/**
 * Everything the lanes reported about one recording. Whatever order leaves arrive in, the book ends up the
 * same: of several crash states that show a problem it keeps the earliest point, then the fewest lost pieces.
 */
export class LeafBook {
  readonly #leaves = new Map<number, BookedLeaf[]>();
  readonly #sightings = new Map<string, Sighting>();

  add(
    point: number,
    decisions: EncodedDecisions,
    problems: readonly Problem[],
    nested: readonly Problem[] = [],
  ): void {
    const leaves = this.#leaves.get(point) ?? [];
    leaves.push({ decisions, problems: problems.map(signatureOf) });
    this.#leaves.set(point, leaves);
    const lost = lostPieces(decodeDecisions(decisions));
    for (const problem of problems) this.see(problem, point, lost, false);
    for (const problem of nested) this.see(problem, point, lost, true);
  }

  see(problem: Problem, point: number, lost: number[], nested: boolean): void {
    // Crashing recovery again may show what the first crash shows already: then that is the plainer account.
    const signature = signatureOf(problem);
    const sighting: Sighting = { signature, problem, point, lost, leaves: 1, nested };
    const known = this.#sightings.get(signature);
    if (!known) this.#sightings.set(signature, sighting);
    else {
      const better = isPlainer(sighting, known) ? sighting : known;
      this.#sightings.set(signature, { ...better, leaves: known.leaves + 1 });
    }
  }

  /** Forgets a crash point that is going to be explored anew; what was seen there was seen all the same. */
  forgetLeaves(point: number): void {
    this.#leaves.delete(point);
  }

  leavesOf(point: number): readonly BookedLeaf[] {
    return this.#leaves.get(point) ?? [];
  }

  /** Crash states that the leaves of a point stand for, of the 2^pending there are. */
  statesOf(point: number, pending: number): bigint {
    let states = 0n;
    for (const { decisions } of this.leavesOf(point)) states += 2n ** BigInt(pending - decisions.length);
    return states;
  }

  /** The leaf that a full subset falls into; undefined when exploration was cut short before it. */
  leafOf(point: number, lost: ReadonlySet<number>): BookedLeaf | undefined {
    return this.leavesOf(point).find(({ decisions }) =>
      decodeDecisions(decisions).every(({ piece, present }) => lost.has(piece) !== present),
    );
  }

  /** Distinct violations seen so far. */
  get violations(): number {
    return [...this.#sightings.values()].filter(({ problem }) => problem.outcome === 'violation').length;
  }

  /** Violations before unknowns, then by crash point. */
  sightings(): Sighting[] {
    return [...this.#sightings.values()].sort(
      (a, b) =>
        rank(a) - rank(b) ||
        a.point - b.point ||
        a.lost.length - b.lost.length ||
        (a.signature < b.signature ? -1 : 1),
    );
  }
}

function rank({ problem }: Sighting): number {
  return problem.outcome === 'violation' ? 0 : 1;
}

function isPlainer(a: Sighting, b: Sighting): boolean {
  if (a.nested !== b.nested) return !a.nested;
  if (a.point !== b.point) return a.point < b.point;
  if (a.lost.length !== b.lost.length) return a.lost.length < b.lost.length;
  for (let i = 0; i < a.lost.length; i++) if (a.lost[i] !== b.lost[i]) return a.lost[i]! < b.lost[i]!;
  return false;
}
