import type { Problem } from '../judge/judgement.js';
import type { CrashPoint } from './crash-points.js';
import { decodeDecisions, type NestedOutcome } from './lane/messages.js';
import type { ExplorationStart } from './lane-pool.js';
import type { Pieces } from './pieces.js';
import { type CountedLeaf, StateCount } from './state-count.js';
import { tearsAmong } from './tears.js';

/** What is kept of a leaf. */
export interface LeafRecord extends CountedLeaf {
  problems: Problem[];
  nested?: NestedOutcome;
}

/** How far the exploration of one crash point has come. */
export class PointLedger {
  readonly count: StateCount;
  /** The leaves of the latest pass over its whole writes, and over its torn ones. */
  leaves: readonly LeafRecord[] = [];
  tornLeaves: readonly LeafRecord[] = [];
  /** States tried one by one. */
  sampled = 0n;
  /** Every subset of whole writes is covered. */
  isWhole = false;
  /** Every torn write is covered, too. */
  isTorn = false;
  /** The least there must be for a pass: all lost, all there, each single write missing. */
  isSystematic = false;

  constructor(
    readonly point: CrashPoint,
    private readonly pieces: Pieces,
  ) {
    this.count = new StateCount(pieces, pieces.pendingAt(point));
  }

  get pending(): readonly number[] {
    return this.count.pending;
  }

  /** The same by the disk that they are on. */
  get byDisk(): readonly (readonly number[])[] {
    return this.pieces.byDisk(this.pending);
  }

  /** Every crash state is covered, be it one by one. */
  get isComplete(): boolean {
    return (this.isWhole && this.isTorn) || this.states === this.count.total;
  }

  get states(): bigint {
    return this.#sum((leaf) => this.count.statesIn(leaf)) + this.sampled;
  }

  /** Takes the leaves of a finished pass; false when they do not cover what there is. */
  finishWhole(leaves: readonly LeafRecord[]): boolean {
    const covered = leaves.reduce((sum, leaf) => sum + this.count.wholeIn(leaf), 0n);
    if (covered !== this.count.whole) return false;
    this.leaves = leaves;
    this.sampled = 0n;
    this.isWhole = true;
    this.isSystematic = true;
    if (this.tearStarts().length === 0) return this.finishTorn([]);
    return true;
  }

  finishTorn(leaves: readonly LeafRecord[]): boolean {
    this.tornLeaves = leaves;
    const covered = this.#sum((leaf) => this.count.tornIn(leaf));
    this.isTorn = covered === this.count.torn;
    return this.isTorn;
  }

  /** Where to tear which write: only places where a tear is no whole write to whoever reads. */
  tearStarts(): ExplorationStart[] {
    return this.leaves.flatMap(({ decisions, tearable = [] }) =>
      tearable.flatMap(({ at, effective }) => {
        const { piece } = decodeDecisions(decisions)[at]!;
        const { parts } = this.pieces.tearable(piece)!;
        if (tearsAmong(parts, effective).length === 0) return [];
        return [{ prefix: decisions.slice(0, at), torn: { piece, at } }];
      }),
    );
  }

  #sum(of: (leaf: LeafRecord) => bigint): bigint {
    return [...this.leaves, ...this.tornLeaves].reduce((sum, leaf) => sum + of(leaf), 0n);
  }
}
