/** The process of a lane of the probe on the host, in a mount namespace of its own: its mounts vanish with it. */
import { join } from 'node:path';
import { dropCopiedMounts } from '../../state/mount-namespace.js';
import { HostSeat } from './host-seat.js';
import { runProbeLane } from './run-probe-lane.js';

dropCopiedMounts();

runProbeLane(
  ({ spaceFolder, name, storage, sizeBytes }) =>
    new HostSeat(sizeBytes, { spaceFolder, laneFolder: join(spaceFolder, name), storage }),
);
