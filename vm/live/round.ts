/** What the two live methods have in common: rounds that end in a power cut, and what is told of them. */
import type { RecordingJob } from '../../harness/capture/record.js';
import type { Problem } from '../../harness/judge/judgement.js';
import type { Loss } from '../../harness/scenario/schema/live.js';
import type { Manifest } from '../../harness/trace/manifest.js';
import type { GuestMachine } from '../machine/guest-machine.js';
import type { GuestSupply } from '../machine/machine-pool.js';
import type { Measured, Moment } from './moment.js';

export interface LiveJob
  extends Pick<RecordingJob, 'loaded' | 'storageIndex' | 'space' | 'workloads' | 'signal'> {
  /** Gets a folder for each round. */
  folder: string;
  guests: GuestSupply;
  /** What an interrupted run's finished rounds came to; null: none was finished. */
  resumed: { rounds: number; measured: Measured } | null;
  onStep: (step: string) => void;
  /** A round is over, and broke no promise. */
  onRound: (report: RoundReport) => void;
}

export interface RoundChoices {
  round: number;
  moment: Moment;
  /** On a new file system, after `setup`; else on what the last round left. */
  afresh: boolean;
  /** Everything else that is left to chance in this round. */
  random: () => number;
}

/** A round whose power is gone. */
export interface LostRound {
  /** A trace, with the recorded disk where there is one. */
  folder: string;
  measured: Measured;
  /** The last position in the block log; null where no disk is recorded. */
  logIndex: number | null;
  /** Number of the crash point in the round's trace; 0 without a disk. */
  point: number;
  /** Writes in the disk's cache when the power went, and what of them was lost. */
  pendingWrites: number;
  loss: Loss;
  lost: number[];
}

/** A disk after a round, ready to be mounted. */
export interface SurvivingDisk {
  machine: GuestMachine;
  device: string;
}

/** One way to lose power. */
export interface LiveMethod {
  beginsAfresh(seed: number, round: number): boolean;
  /** Runs the workload until its moment, and takes the power away. */
  lose(choices: RoundChoices): Promise<LostRound>;
  /** @param next what the next round will do */
  survivor(next: RoundChoices): Promise<SurvivingDisk>;
  /** @param inOrder every round came to its end: nothing is mounted in the guest */
  close(inOrder: boolean): Promise<void>;
  /** Facts about the method that the reader of a result wants. */
  readonly notes: readonly string[];
}

/** One round in the end. */
export interface RoundReport {
  round: number;
  moment: Moment;
  afresh: boolean;
  manifest: Manifest;
  /** Texts of the acks given before the cut. */
  acks: string[];
  lost: LostRound;
  problems: Problem[];
  /** Of a broken promise, by its position in `problems`: the fewest lost writes that still show it, where that was tried. */
  fewest?: ReadonlyMap<number, number[]>;
}
