/**
 * The search that one task asks for: all whole writes of a crash point below a prefix of decisions, or below the place
 * where a write was decided that write torn, the others whole.
 *
 * What a torn write leaves is looked for only there: in crash states whose recovery never asks for a write it makes no
 * difference whether that is torn. And only tears that are no whole write to whoever reads: where a write differs from
 * what lies below it in no more than one of its parts, that part decides, and both cases are recovered already.
 */
import { CrashImage, type Recording } from './crash-image.js';
import type { CrashPoint } from './crash-points.js';
import { type Decision, LazyDecisions, lostPieces } from './decisions.js';
import type { Memory } from './memory.js';
import type { TornWrite } from './pieces.js';
import { type Leaf, PointSearch, type Recover } from './point-search.js';
import { decidedOnly, type Tear, TornDecisions, tearsAmong } from './tears.js';

/** A write that is to be torn, and how many decisions of the prefix were made before it was first asked for. */
export interface TornTask {
  piece: number;
  at: number;
}

/** Where a search first decided a write that can be torn. */
export interface TearPlace {
  /** Position among the leaf's decisions. */
  at: number;
  /** Positions of the parts in which the write differs from what lies below it. */
  effective: number[];
}

/** What a leaf of a torn write stands for. */
export interface TornLeaf {
  /** The write, by its number as a whole. */
  piece: number;
  /** How many tears of it agree with the leaf's decisions. */
  tears: number;
  /** The pieces lost in one of the leaf's states, parts of the torn write among them: as few as can be. */
  lost: number[];
}

export type TaskLeaf<J> = Leaf<J> & { torn?: TornLeaf; tearable?: TearPlace[] };

export class TaskSearch<J> {
  readonly #search: PointSearch<J>;
  readonly #torn: TornWrite | null;
  #gaveAway = false;

  constructor(
    private readonly recording: Recording,
    private readonly point: CrashPoint,
    task: { prefix: readonly Decision[]; torn?: TornTask | undefined },
    options: { recover: Recover<J>; memory: Memory<J> },
  ) {
    const { prefix, torn } = task;
    const { pieces } = recording;
    const write = torn ? pieces.tearable(torn.piece)! : null;
    this.#torn = write;
    const view = write ? pieces.tearing(write) : pieces;
    const tears =
      write && tearsAmong(write.parts, effectiveParts(recording, point, write, prefix.slice(0, torn!.at)));
    this.#search = new PointSearch<J>({
      ...options,
      prefix,
      imageFor: (decider) => new CrashImage(recording, point, decider, view),
      decide: tears
        ? (forced) => new TornDecisions(forced, write!, tears)
        : (forced) => new LazyDecisions(forced),
    });
  }

  get isDone(): boolean {
    return this.#search.isDone;
  }

  /** Some of it was donated: its leaves are not all there are. */
  get gaveAway(): boolean {
    return this.#gaveAway;
  }

  donate(): Decision[] | null {
    const prefix = this.#search.donate();
    this.#gaveAway ||= prefix !== null;
    return prefix;
  }

  next(): TaskLeaf<J> | null {
    const leaf = this.#search.next();
    if (!leaf) return null;
    if (leaf.made instanceof TornDecisions) return { ...leaf, torn: this.#tornLeaf(leaf.made) };
    const tearable = this.#tearable(leaf);
    return tearable.length > 0 ? { ...leaf, tearable } : leaf;
  }

  #tornLeaf({ path, left }: TornDecisions): TornLeaf {
    const write = this.#torn!;
    const lostOf = (tear: Tear): number[] =>
      tear.flatMap((present, position) => (present ? [] : [write.first + position]));
    const [fewest] = left.map(lostOf).sort((a, b) => a.length - b.length);
    const whole = path.filter(({ piece }) => piece < write.first || piece >= write.first + write.parts);
    return { piece: write.piece, tears: left.length, lost: [...lostPieces(whole), ...fewest!] };
  }

  #tearable({ decisions, forced }: Leaf<J>): TearPlace[] {
    return decisions.slice(forced).flatMap(({ piece }, i) => {
      const at = forced + i;
      const write = this.recording.pieces.tearable(piece);
      if (!write) return [];
      return [{ at, effective: effectiveParts(this.recording, this.point, write, decisions.slice(0, at)) }];
    });
  }
}

/** In which parts the write differs, or may differ, from what lies below it once these decisions are made. */
function effectiveParts(
  recording: Recording,
  point: CrashPoint,
  write: TornWrite,
  decisions: readonly Decision[],
): number[] {
  const { known } = decidedOnly(decisions);
  const image = new CrashImage(recording, point, { known, isPresent: () => false });
  const positions = Array.from({ length: write.parts }, (_, position) => position);
  return positions.filter((position) => {
    const { operation, sector, sectorCount } = write.describe(write.first + position);
    return image.dependsOn(operation, sector, sectorCount);
  });
}
