/** What the command and a lane of the probe say to each other: JSON lines on the lane's standard input and output. */
import type { Granularity } from '../../explore/pieces.js';
import type { Storage } from '../../scenario/schema.js';
import type { JobResult } from '../resident/messages.js';
import type { WorkloadResult } from '../result.js';
import type { Workload } from '../workload/workload.js';

/** First line a lane reads. */
export interface ProbeLaneSetup {
  spaceFolder: string;
  /** Unique among the run's lanes. */
  name: string;
  storage: Storage;
  sizeBytes: number;
  granularity: Granularity;
  /** Recoveries that one workload may cost. */
  limit: number;
}

export interface ProbeTask {
  name: string;
  workload: Workload;
}

export type FromProbeLane =
  /** The file system is made, or it cannot be. */
  | { type: 'ready'; refused: Extract<JobResult, { type: 'refused' }> | null }
  | { type: 'probed'; result: WorkloadResult }
  | { type: 'fault'; message: string };
