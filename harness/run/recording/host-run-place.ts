/** The host as a place of runs; programs may be in a container there. */
import type { Attachment } from '../../attach/attached-disk.js';
import { diskRecorder } from '../../capture/disk-recorder.js';
import { record } from '../../capture/record.js';
import { startLanes } from '../../explore/lane-client.js';
import { hostPlace } from '../../place/host-place.js';
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
  signal?: AbortSignal | undefined;
  onStep?: ((step: string) => void) | undefined;
}

export function hostRunPlace(options: HostOptions): RunPlace {
  const { lanes, attachment, directIo = true, signal, onStep } = options;
  const parts: Pick<RunPlace, 'record' | 'startLanes'> = {
    record: (job) => {
      const contained = containedOf(job.loaded.scenario);
      return record({ ...job, openRecorder: diskRecorder(hostPlace({ attachment, directIo, contained })) });
    },
    startLanes: ({ space, storage, loaded }) =>
      recovererOf(loaded.scenario, null, storage.fs) === 'uml'
        ? umlLanes({ space, storage, loaded, kernel: null, lanes, signal, onStep })
        : startLanes({ space, fs: storage.fs, lanes, directIo }),
  };
  return { ...parts, runLive: (job) => hostRounds(job, parts) };
}
