/** The first program of a User-mode Linux guest that the probe works in. */
import type { Answer, Job } from '../../harness/probe/resident/messages.js';
import { Resident } from '../../harness/probe/resident/resident.js';
import { diskId } from '../lane/uml/control-messages.js';
import { guestProgram } from '../lane/uml/guest-program.js';
import { diskOf } from '../lane/uml/guest-root.js';
import type { GuestIntroduction } from './guest-introduction.js';

guestProgram<GuestIntroduction, Answer>(({ setup }, tell) => {
  // All file systems that are mounted here are the guest's own.
  const resident = new Resident(setup, tell, { syncsAll: true });
  const device = diskOf(diskId);
  return (job) => tell({ type: 'done', result: resident.do(JSON.parse(job) as Job, device) });
});
