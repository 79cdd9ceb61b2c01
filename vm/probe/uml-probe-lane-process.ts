/** The process of a lane of the probe that works in User-mode Linux. */
import { join } from 'node:path';
import { runProbeLane } from '../../harness/probe/lane/run-probe-lane.js';
import { umlSeat } from './uml-seat.js';

runProbeLane(({ spaceFolder, name, storage, sizeBytes, guest }) => {
  if (guest?.kind !== 'uml') throw new Error('a lane in User-mode Linux was not told which');
  const laneFolder = join(spaceFolder, name);
  return umlSeat({ ...guest, laneFolder }, sizeBytes, { spaceFolder, laneFolder, storage });
});
