/** The host as a place of runs; programs may be in a container there. */
import type { Attachment } from '../../attach/attached-disk.js';
import { diskRecorder } from '../../capture/disk-recorder.js';
import { record } from '../../capture/record.js';
import { startLanes } from '../../explore/lane-client.js';
import { hostPlace } from '../../place/host-place.js';
import type { ProcessSupply } from '../../state/process-supply.js';
import { recovererOf } from '../planning/recoverer.js';
import { containedOf } from '../planning/settle-containers.js';
import { hostRounds } from './host-rounds.js';
import type { RunPlace } from './run-place.js';
import { umlLanes } from './uml-lanes.js';

export interface HostOptions {
  lanes?: number | undefined;
  attachment?: Attachment | undefined;
  /** Off only to show that the calibration notices. */
  directIo?: boolean | undefined;
  /** Whose processes disks and lanes are; by default, each is started for one of them alone. */
  processes?: ProcessSupply | undefined;
  signal?: AbortSignal | undefined;
  onStep?: ((step: string) => void) | undefined;
}

export function hostRunPlace(options: HostOptions): RunPlace {
  const { lanes, attachment, directIo = true, processes, signal, onStep } = options;
  const recordHere: RunPlace['record'] = (job) => {
    const contained = containedOf(job.loaded.scenario);
    const place = hostPlace({ attachment, directIo, contained });
    return record({ ...job, openRecorder: diskRecorder(place, processes) });
  };
  const lanesOf =
    (count: number | undefined): RunPlace['startLanes'] =>
    ({ space, storage, loaded }) =>
      recovererOf(loaded.scenario, null, storage) === 'uml'
        ? umlLanes({ space, storage, loaded, kernel: null, lanes: count, signal, onStep })
        : startLanes({ space, fs: storage.fs, lanes: count, directIo, processes });
  return {
    record: recordHere,
    startLanes: lanesOf(lanes),
    // A round recovers one crash state.
    runLive: (job) => hostRounds(job, { record: recordHere, startLanes: lanesOf(1) }),
  };
}
