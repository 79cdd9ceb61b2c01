import { type Problem, signatureOf } from '../judge/judgement.js';
import type { Decision } from './decisions.js';
import { decodeDecisions, type EncodedDecisions } from './lane/messages.js';
import type { Pieces } from './pieces.js';
import { type CountedLeaf, lostIn } from './state-count.js';
import { tearsAmong } from './tears.js';

/** A leaf as the book keeps it: the decisions, and which findings it shows. */
export interface BookedLeaf {
  decisions: EncodedDecisions;
  /** Signatures of its problems. */
  problems: string[];
}

/** What there is to book of a leaf. */
export interface LeafEntry extends CountedLeaf {
  problems: readonly Problem[];
  /** What crashing its recovery again showed. */
  nested?: readonly Problem[] | undefined;
}

/** A distinct problem with the crash state that shows it best. */
export interface Sighting {
  signature: string;
  problem: Problem;
  point: number;
  /** Pieces that were lost in that state, perhaps parts of one write. */
  lost: number[];
  /** Leaves that show the same problem. */
  leaves: number;
  /** Seen only by crashing the recovery of that state again. */
  nested: boolean;
  /** Seen only with a write torn. */
  torn: boolean;
}

/** A place where a write was first decided that can be torn. */
interface BookedPlace {
  prefix: Decision[];
  effective: number[];
}

interface PointPage {
  leaves: BookedLeaf[];
  /** Leaves with one write torn, by that write. */
  torn: Map<number, BookedLeaf[]>;
  places: Map<number, BookedPlace[]>;
}

/**
 * Everything the lanes reported about one recording. Whatever order leaves arrive in, the book ends up the
 * same: of several crash states that show a problem it keeps one without a torn write, then the earliest point, then
 * the fewest lost pieces.
 */
export class LeafBook {
  readonly #pages = new Map<number, PointPage>();
  readonly #sightings = new Map<string, Sighting>();

  constructor(private readonly pieces: Pieces) {}

  add(point: number, leaf: LeafEntry): void {
    const page: PointPage = this.#pages.get(point) ?? { leaves: [], torn: new Map(), places: new Map() };
    this.#pages.set(point, page);
    const { decisions, problems, nested = [], torn, tearable = [] } = leaf;
    const booked = { decisions, problems: problems.map(signatureOf) };
    if (torn) listIn(page.torn, torn.piece).push(booked);
    else page.leaves.push(booked);
    const decided = tearable.length > 0 ? decodeDecisions(decisions) : [];
    for (const { at, effective } of tearable)
      listIn(page.places, decided[at]!.piece).push({ prefix: decided.slice(0, at), effective });
    const lost = lostIn(leaf);
    for (const problem of problems) this.see(problem, point, lost, false);
    for (const problem of nested) this.see(problem, point, lost, true);
  }

  see(problem: Problem, point: number, lost: number[], nested: boolean): void {
    // Crashing recovery again may show what the first crash shows already: then that is the plainer account.
    const signature = signatureOf(problem);
    const torn = lost.some((piece) => this.pieces.tornBy(piece) !== undefined);
    const sighting: Sighting = { signature, problem, point, lost, leaves: 1, nested, torn };
    const known = this.#sightings.get(signature);
    if (!known) this.#sightings.set(signature, sighting);
    else {
      const better = isPlainer(sighting, known) ? sighting : known;
      this.#sightings.set(signature, { ...better, leaves: known.leaves + 1 });
    }
  }

  /** Forgets a crash point that is going to be explored anew; what was seen there was seen all the same. */
  forgetLeaves(point: number): void {
    this.#pages.delete(point);
  }

  leavesOf(point: number): readonly BookedLeaf[] {
    return this.#pages.get(point)?.leaves ?? [];
  }

  /**
   * The leaf that a state falls into, by the pieces lost in it, perhaps parts of one write; undefined when exploration
   * was cut short before it.
   */
  leafOf(point: number, lost: ReadonlySet<number>): BookedLeaf | undefined {
    const page = this.#pages.get(point);
    if (!page) return undefined;
    const torn = [...lost].map((piece) => this.pieces.tornBy(piece)).find((write) => write !== undefined);
    const agrees = ({ decisions }: { decisions: EncodedDecisions }): boolean =>
      decodeDecisions(decisions).every(({ piece, present }) => lost.has(piece) !== present);
    if (!torn) return page.leaves.find(agrees);
    // One whose recovery never asked for the write, or one with it torn.
    const unasked = ({ decisions }: BookedLeaf): boolean =>
      !decisions.some((encoded) => encoded === torn.piece || ~encoded === torn.piece);
    const own = page.leaves.find((leaf) => unasked(leaf) && agrees(leaf));
    if (own) return own;
    const place = (page.places.get(torn.piece) ?? []).find(({ prefix }) =>
      prefix.every(({ piece, present }) => lost.has(piece) !== present),
    );
    if (!place) return undefined;
    const tear = Array.from({ length: torn.parts }, (_, position) => !lost.has(torn.first + position));
    if (tearsAmong(torn.parts, place.effective).some((other) => other.join() === tear.join()))
      return (page.torn.get(torn.piece) ?? []).find(agrees);
    // The tear makes no difference: as the parts that do, so the write.
    const [first] = place.effective;
    const whole = new Set([...lost].filter((piece) => this.pieces.tornBy(piece) === undefined));
    if (first !== undefined && !tear[first]) whole.add(torn.piece);
    return this.leafOf(point, whole);
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

function listIn<T>(lists: Map<number, T[]>, key: number): T[] {
  const list = lists.get(key) ?? [];
  lists.set(key, list);
  return list;
}

function rank({ problem }: Sighting): number {
  return problem.outcome === 'violation' ? 0 : 1;
}

function isPlainer(a: Sighting, b: Sighting): boolean {
  if (a.nested !== b.nested) return !a.nested;
  if (a.torn !== b.torn) return !a.torn;
  if (a.point !== b.point) return a.point < b.point;
  if (a.lost.length !== b.lost.length) return a.lost.length < b.lost.length;
  for (let i = 0; i < a.lost.length; i++) if (a.lost[i] !== b.lost[i]) return a.lost[i]! < b.lost[i]!;
  return false;
}
