/**
 * What a lane remembers of recoveries, and how one that was made for some acks is judged for others.
 *
 * Guarantees: a judgement for other acks rests on answers that the tree of this crash state gave, or one that agrees
 * with it in all that was read for them. Where a checker judges, which is told the acks, nothing is judged again.
 */
import type { OverlayOperation } from '../../disk/overlay.js';
import type { Judgement, Problem } from '../../judge/judgement.js';
import type { CrashPoint } from '../crash-points.js';
import { type Memory, type ObservedRead, RecoveryMemory } from '../memory.js';
import { KnownTree, type TreeFacts, UnknownFact } from '../tree-facts.js';
import type { Left, Seen } from './recovery-messages.js';
import type { StateJudge } from './state-judge.js';

/** What a recovery did and left. */
export interface Recovery {
  operations: readonly OverlayOperation[] | null;
  /** The tree it ended in, and what looking at it read besides. */
  sight: { seen: Seen; reads: readonly ObservedRead[] } | null;
  left: Left<TreeFacts> | null;
  /** What it was judged, by how much had been said (`CrashPoint.said`). */
  readonly judged: Map<number, Problem[]>;
}

/** A recovery as it is judged at one crash point. */
export interface LaneJudgement extends Judgement {
  recovery: Recovery;
}

export class LaneMemory {
  readonly #memory = new RecoveryMemory<Recovery>();

  constructor(private readonly judge: StateJudge) {}

  /** As a search uses it at a crash point. */
  at(point: CrashPoint): Memory<LaneJudgement> {
    return {
      recall: (image) => this.#memory.recall(image, (recovery) => this.judgeAgain(recovery, point)),
      remember: (reads, { recovery }) => this.#memory.remember(reads, recovery),
    };
  }

  /** What a recovery comes to at another crash point; undefined where its tree would have to be asked more. */
  judgeAgain(
    recovery: Recovery,
    { acks, said }: Pick<CrashPoint, 'acks' | 'said'>,
  ): LaneJudgement | undefined {
    const known = recovery.judged.get(said);
    if (known) return { problems: known, recovery };
    const { left } = recovery;
    if (!left) return undefined;
    try {
      const own = left.facts ? this.judge.problems(new KnownTree(left.facts), acks) : [];
      const problems = [...own, ...left.lasting];
      recovery.judged.set(said, problems);
      return { problems, recovery };
    } catch (error) {
      if (error instanceof UnknownFact) return undefined;
      throw error;
    }
  }
}
