/** Where runs are recorded, and where their crash states recover: what a run asks of the host or of a guest. */
import type { LiveJob } from '../../../vm/live/round.js';
import type { LiveReport } from '../../../vm/live/run-rounds.js';
import type { Attachment } from '../../attach/attached-disk.js';
import { diskRecorder } from '../../capture/disk-recorder.js';
import { type RecordingJob, record } from '../../capture/record.js';
import { type LaneClient, startLanes } from '../../explore/lane-client.js';
import { hostPlace } from '../../place/host-place.js';
import type { LoadedScenario } from '../../scenario/load.js';
import type { Storage } from '../../scenario/schema.js';
import type { RunSpace } from '../../state/run-space.js';
import type { Manifest } from '../../trace/manifest.js';
import { recovererOf } from '../planning/recoverer.js';
import { containedOf } from '../planning/settle-containers.js';
import { umlLanes } from './uml-lanes.js';

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
  /** Runs rounds in which power is really lost; only a guest can. */
  runLive?(job: Omit<LiveJob, 'guests'>): Promise<LiveReport>;
}

export interface HostOptions {
  lanes?: number | undefined;
  attachment?: Attachment | undefined;
  /** Off only to show that the calibration notices. */
  directIo?: boolean | undefined;
  signal?: AbortSignal | undefined;
  onStep?: ((step: string) => void) | undefined;
}

export function hostRunPlace(options: HostOptions): RunPlace {
  const { lanes, attachment, directIo = true, signal, onStep } = options;
  return {
    record: (job) => {
      const contained = containedOf(job.loaded.scenario);
      return record({ ...job, openRecorder: diskRecorder(hostPlace({ attachment, directIo, contained })) });
    },
    startLanes: ({ space, storage, loaded }) =>
      recovererOf(loaded.scenario, null, storage.fs) === 'uml'
        ? umlLanes({ space, storage, loaded, kernel: null, lanes, signal, onStep })
        : startLanes({ space, fs: storage.fs, lanes, directIo }),
  };
}
