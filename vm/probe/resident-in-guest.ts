import { join } from 'node:path';
import type { Answer, Job } from '../../harness/probe/resident/messages.js';
import { Resident } from '../../harness/probe/resident/resident.js';
import { disksBelow } from '../../harness/scenario/schema/layers.js';
import { diskIdOf } from '../lane/uml/control-messages.js';
import { diskOf } from '../lane/uml/guest-root.js';
import type { GuestIntroduction } from './guest-introduction.js';

/** What does the probe's jobs in a guest of its own. */
export function residentInGuest(
  { setup }: GuestIntroduction,
  tell: (answer: Answer) => void,
): (job: string) => void {
  // All file systems that are mounted here are the guest's own.
  // Whatever layers make ends with it, too.
  const folder = join(setup.laneFolder, 'layers');
  const devices = Array.from({ length: disksBelow(setup.storage.layers) }, (_, nth) => diskOf(diskIdOf(nth)));
  const [device, ...moreDisks] = devices as [string, ...string[]];
  const seat = { folder, label: 'plugpull', environment: {}, note: () => {}, moreDisks };
  const resident = new Resident(setup, tell, { syncsAll: true }, seat);
  return (job) => tell({ type: 'done', result: resident.do(JSON.parse(job) as Job, device) });
}
