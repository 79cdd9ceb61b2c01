/** The process of a lane of the probe that works in a machine in QEMU. */
import { join } from 'node:path';
import { runProbeLane } from '../../harness/probe/lane/run-probe-lane.js';
import { QemuLaneMachine } from '../lane/qemu-lane-machine.js';
import { guestModules } from '../lane/uml/guest-modules.js';
import { GuestSeat, sizesOf } from './guest-seat.js';

/** An emulated processor is some thirty times slower, and the machine may have other work. */
const limits = { bootMs: 300_000, jobMs: 300_000 };

runProbeLane(({ spaceFolder, name, storage, sizeBytes, guest }) => {
  if (guest?.kind !== 'qemu') throw new Error('a lane in QEMU was not told from which images');
  const laneFolder = join(spaceFolder, name);
  const machine = new QemuLaneMachine(guest, laneFolder, guestModules(storage));
  // Where its own root has room: the host's folders are not there.
  const setup = { spaceFolder, laneFolder: join('/run/plugpull', name), storage };
  return new GuestSeat(machine, sizesOf(storage, sizeBytes), { setup, environment: {}, folders: [] }, limits);
});
