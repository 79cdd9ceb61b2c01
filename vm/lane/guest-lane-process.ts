/** The process of a lane whose crash states a guest's kernel recovers. Needs no root. */
import { writeSync } from 'node:fs';
import type { FromLane } from '../../harness/explore/lane/messages.js';
import { runLane } from '../../harness/explore/lane/run-lane.js';
import { GuestLaneDisk } from './guest-lane-disk.js';

const serving: FromLane = { type: 'serving' };

runLane((setup, trace) => {
  if (!setup.guest) throw new Error('a lane in a guest was not told which');
  return new GuestLaneDisk(trace, setup, setup.guest, () => writeSync(1, `${JSON.stringify(serving)}\n`));
});
