/** What the command and a lane of the probe say to each other: JSON lines on the lane's standard input and output. */
import type { Granularity } from '../../explore/pieces.js';
import type { Storage } from '../../scenario/schema/storage.js';
import type { PropertyAnswer } from '../properties/answer.js';
import type { JobResult } from '../resident/messages.js';
import type { WorkloadResult } from '../result.js';
import type { ScheduleName } from '../schedule.js';
import type { Workload } from '../workload/workload.js';

/** First line a lane reads. */
export interface ProbeLaneSetup {
  spaceFolder: string;
  /** Unique among the run's lanes. */
  name: string;
  storage: Storage;
  /** Of each of its disks. */
  sizeBytes: number;
  granularity: Granularity;
  fsck: boolean;
  /** Recoveries that one workload may cost. */
  limit: number;
  /** Where it works in a guest. */
  guest: LaneGuest | null;
}

/** What a lane's guest starts from. */
export type LaneGuest =
  /** User-mode Linux. */
  | {
      kind: 'uml';
      /** The kernel's folder, its program, and its modules. */
      kernel: { folder: string; program: string; modules: string };
      memoryMib: number;
      /** The processor for guest and lane; null leaves it to the scheduler. */
      processor: number | null;
    }
  /** A machine in QEMU. */
  | {
      kind: 'qemu';
      images: {
        kernel: string;
        initramfs: string;
        root: string;
        /** Node, and what the probe runs there. */
        program: string;
      };
      accelerator: 'kvm' | 'tcg';
      memoryMib: number;
    };

export interface ProbeTask {
  name: string;
  workload: Workload;
}

/** One workload of one property, under one schedule. */
export interface PropertyTask {
  property: string;
  /** Which of its workloads. */
  nth: number;
  schedule: ScheduleName;
}

export type FromProbeLane =
  /** The file system is made, or it cannot be. */
  | { type: 'ready'; refused: Extract<JobResult, { type: 'refused' }> | null }
  | { type: 'probed'; result: WorkloadResult }
  | { type: 'measured'; answer: PropertyAnswer }
  | { type: 'fault'; message: string };
