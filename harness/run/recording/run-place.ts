/** Where runs are recorded, and where their crash states recover: what a run asks of the host or of a guest. */
import type { LiveJob } from '../../../vm/live/round.js';
import type { LiveReport } from '../../../vm/live/run-rounds.js';
import type { RecordingJob } from '../../capture/record.js';
import type { LaneClient } from '../../explore/lane-client.js';
import type { LoadedScenario } from '../../scenario/load.js';
import type { Storage } from '../../scenario/schema/storage.js';
import type { RunSpace } from '../../state/run-space.js';
import type { Manifest } from '../../trace/manifest.js';

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
  /** Runs rounds in which power is really lost. */
  runLive(job: Omit<LiveJob, 'guests'>): Promise<LiveReport>;
}
