/**
 * The process of a lane whose crash states a User-mode Linux guest recovers. Needs no root. The guest boots before
 * there is a trace: its seat is on the command line.
 */
import { runLane } from '../../../harness/explore/lane/run-lane.js';
import type { UmlSeat } from './guest-setup.js';
import { UmlLaneDisk } from './uml-lane-disk.js';

const disk = new UmlLaneDisk(JSON.parse(process.argv[2]!) as UmlSeat);

runLane((setup, trace) => {
  disk.begin(trace, setup);
  return disk;
});
