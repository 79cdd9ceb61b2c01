import type { CrashPoint } from '../crash-points.js';
import type { TaskLeaf } from '../task-search.js';
import type { LaneJudgement } from './lane-memory.js';
import type { ToLane } from './messages.js';
import type { Seen } from './recovery-messages.js';

type ExploreTask = Extract<ToLane, { type: 'explore' }>;

export interface KnownLeaf {
  leaf: TaskLeaf<LaneJudgement>;
  /** The tree it is known to show. */
  seen: Seen | null;
}

/**
 * The leaves of the disk that was explored last. The next crash point often has the same disk, with another ack given
 * over it: then its leaves are the same, and nothing of the disk needs to be looked at.
 */
export class SameDisk {
  #disk = '';
  readonly #leaves = new Map<string, readonly KnownLeaf[]>();

  keep(point: CrashPoint, task: ExploreTask, leaves: readonly KnownLeaf[]): void {
    this.#turnTo(point);
    this.#leaves.set(nameOf(task), leaves);
  }

  leavesOf(point: CrashPoint, task: ExploreTask): readonly KnownLeaf[] | undefined {
    this.#turnTo(point);
    return this.#leaves.get(nameOf(task));
  }

  #turnTo({ disk }: CrashPoint): void {
    if (disk === this.#disk) return;
    this.#disk = disk;
    this.#leaves.clear();
  }
}

function nameOf({ prefix, torn }: ExploreTask): string {
  return JSON.stringify([prefix, torn?.piece ?? null]);
}
