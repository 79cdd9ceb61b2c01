/** Where runs are recorded, and where their crash states recover: what a run asks of the host or of a guest. */
import type { LiveJob } from '../../../vm/live/round.js';
import type { LiveReport } from '../../../vm/live/run-rounds.js';
import type { RecordingJob } from '../../capture/record.js';
import type { LaneClient } from '../../explore/lane-client.js';
import type { LoadedScenario } from '../../scenario/load.js';
import type { Storage } from '../../scenario/schema/storage.js';
import type { RunSpace } from '../../state/run-space.js';
import type { Manifest } from '../../trace/manifest.js';
import type { SecondRunJob } from './second-run.js';

export interface AgainJob extends SecondRunJob {
  /** Where its trace goes: a folder that is not there yet. */
  traceFolder: string;
  signal?: AbortSignal | undefined;
}

export interface RunPlace {
  /** Records the workload into a trace folder. */
  record(job: RecordingJob): Promise<Manifest>;
  /** Starts lanes; they can be started before there is a trace, because their programs take a while to load. */
  startLanes(options: {
    space: RunSpace;
    storage: Storage;
    loaded: LoadedScenario;
    workloads: string;
  }): LaneClient[];
  /**
   * Runs the workload once more, for what a recorded run cannot tell; absent where that cannot be done.
   * @returns why it does not show what it was made for; null when it does
   */
  runAgain?(job: AgainJob): Promise<string | null>;
  /** Runs rounds in which power is really lost. */
  runLive(job: Omit<LiveJob, 'guests'>): Promise<LiveReport>;
}
