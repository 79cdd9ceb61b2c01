import type { GuestMachine } from '../../../vm/machine/guest-machine.js';
import { guestPlace } from '../../../vm/place/guest-place.js';
import { logWritesRecorder } from '../../../vm/place/log-writes-recorder.js';
import { diskRecorder } from '../../capture/disk-recorder.js';
import type { RecordingJob } from '../../capture/record.js';
import type { OpenRecorder } from '../../capture/recorder.js';
import { containerOf } from '../../scenario/container.js';

/** Who records in a guest, by the storage's method. */
export function recorderIn(
  machine: GuestMachine,
  { loaded, storageIndex }: Pick<RecordingJob, 'loaded' | 'storageIndex'>,
): OpenRecorder {
  const { scenario } = loaded;
  const { method, disk } = scenario.storage[storageIndex]!;
  return method === 'dm-log-writes'
    ? logWritesRecorder(machine)
    : diskRecorder(guestPlace(machine, { bus: disk.bus, contained: containerOf(scenario) !== null }));
}
