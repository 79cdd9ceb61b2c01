/** The process of a lane of the probe that works in User-mode Linux. */
import { join } from 'node:path';
import { runProbeLane } from '../../harness/probe/lane/run-probe-lane.js';
import { UmlSeat } from './uml-seat.js';

runProbeLane(({ spaceFolder, name, storage, sizeBytes, guest }) => {
  const laneFolder = join(spaceFolder, name);
  return new UmlSeat({ ...guest!, laneFolder }, sizeBytes, { spaceFolder, laneFolder, storage });
});
