/** The first program of a User-mode Linux guest that the probe works in. */
import { join } from 'node:path';
import type { Answer, Job } from '../../harness/probe/resident/messages.js';
import { Resident } from '../../harness/probe/resident/resident.js';
import { diskId } from '../lane/uml/control-messages.js';
import { guestProgram } from '../lane/uml/guest-program.js';
import { diskOf } from '../lane/uml/guest-root.js';
import type { GuestIntroduction } from './guest-introduction.js';

guestProgram<GuestIntroduction, Answer>(({ setup }, tell) => {
  // All file systems that are mounted here are the guest's own.
  // Whatever layers make ends with it, too.
  const folder = join(setup.laneFolder, 'layers');
  const seat = { folder, label: 'plugpull', environment: {}, note: () => {} };
  const resident = new Resident(setup, tell, { syncsAll: true }, seat);
  const device = diskOf(diskId);
  return (job) => tell({ type: 'done', result: resident.do(JSON.parse(job) as Job, device) });
});
