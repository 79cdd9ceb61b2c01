/** What of a command's work others can do, on other machines; who they are, and by what way, is not known here. */
import type { CrashPoint } from '../explore/crash-points.js';
import type { LookLimits } from '../explore/lane/recovery-messages.js';
import type { WantedPasses } from '../explore/offered-passes.js';
import type { FinishedPoint } from '../explore/progress-file.js';
import type { RecoveredTrees } from '../explore/recovered-trees.js';
import type { PlannedRun } from './planning/planned-run.js';

export interface Sharing {
  /**
   * Has whole runs done, and leaves in their folders what they left.
   *
   * @returns by their folders, those that nobody could do, and why
   */
  doRuns(runs: readonly PlannedRun[], options: SharedWork): Promise<Map<string, string>>;
  /**
   * Has crash points of a trace explored. What it leaves out is for whoever asks.
   *
   * @throws CannotTellError where nobody could do it
   */
  explorePoints(wanted: SharedPoints, options: SharedWork): Promise<PointsFound>;
}

export interface SharedWork {
  onStep: (step: string) => void;
  signal: AbortSignal;
}

export interface SharedPoints extends WantedPasses {
  traceFolder: string;
  /** A new one, for what others saw. */
  folder: string;
  /** All of the trace. */
  crashPoints: readonly CrashPoint[];
  /** The guest's kernel that recovers; null on the host. */
  kernel: string | null;
  /** Whether to look at whole recovered trees. */
  look: LookLimits | null;
}

export interface PointsFound {
  finished: readonly FinishedPoint[];
  trees: Pick<RecoveredTrees, 'seen' | 'missed' | 'folders'>[];
}
