import type { ExplorationProgress } from '../explore/exploration.js';
import type { RunSpace } from '../state/run-space.js';
import type { RunPlace } from './recording/run-place.js';
import type { Sharing } from './sharing.js';
import type { Turns } from './turns.js';

/** What a run works with, whatever is judged. */
export interface RunMeans {
  space: RunSpace;
  /** Folder of the shipped workloads. */
  workloads: string;
  /** Where it is recorded, and where crash states recover. */
  place: RunPlace;
  /** Others who explore its crash points. */
  sharing?: Sharing | undefined;
  /** Checkers of crash directories at once; one a core by default. Recoveries at once are the place's. */
  lanes?: number | undefined;
  /** Where another run may go on beside this one: the workload of one of them runs at a time. */
  turns?: Turns | undefined;
  /** Told when the workload was recorded for the first time. */
  onRecorded?: (() => void) | undefined;
  signal?: AbortSignal | undefined;
  onStep?: ((step: string) => void) | undefined;
  onProgress?: ((progress: ExplorationProgress) => void) | undefined;
}
