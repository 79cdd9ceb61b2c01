/**
 * A job of exploring: a run of crash points of a recorded trace. Its answer: the lines of the finished ones, as
 * `explore.ndjson` has them, and the trees that were seen.
 */
import type { LookLimits } from '../explore/lane/recovery-messages.js';
import type { WantedPasses } from '../explore/offered-passes.js';
import type { PointRange } from '../explore/point-ranges.js';
import type { FinishedPoint } from '../explore/progress-file.js';
import type { SeenAt } from '../explore/recovered-trees.js';
import type { StoredFolder } from './stored-folder.js';

export const pointsKind = 'points';

export interface PointsBody extends Pick<WantedPasses, 'wholeLimit' | 'tornLimit'> {
  trace: StoredFolder;
  /** The guest's kernel that recovers; null on the host. */
  kernel: string | null;
  range: PointRange;
  look: LookLimits | null;
}

export interface PointsAnswer {
  finished: FinishedPoint[];
  /** null where nobody wanted to look. */
  trees: { seen: SeenAt; missed: number; folders: StoredFolder[] } | null;
}

/**
 * @returns the answer to a job
 * @throws Error where it is to another one
 */
export function pointsAnswerIn(text: string, { from, to }: PointRange): PointsAnswer {
  const answer = JSON.parse(text) as PointsAnswer;
  const strange = answer.finished.find(({ point }) => point < from || point >= to);
  if (strange)
    throw new Error(`the answer to crash points ${from} to ${to - 1} has crash point ${strange.point}`);
  return answer;
}
