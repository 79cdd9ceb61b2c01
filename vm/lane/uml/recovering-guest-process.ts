/**
 * The first program of a User-mode Linux guest that recovers a lane's crash states. Kept as small as the host's
 * recoverer: what recovers and judges is the same code (recovery.ts).
 */
import { inlineFacts } from '../../../harness/explore/lane/inline-facts.js';
import { Recovery } from '../../../harness/explore/lane/recovery.js';
import type { RecoveryAnswer, RecoveryJob } from '../../../harness/explore/lane/recovery-messages.js';
import { diskIdOf } from './control-messages.js';
import { guestProgram } from './guest-program.js';
import { diskOf, shareFolder } from './guest-root.js';
import type { GuestSetup } from './guest-setup.js';

guestProgram<GuestSetup, RecoveryAnswer>(({ setup }, tell) => {
  shareFolder(setup.laneFolder, { readOnly: false });
  const recovery = new Recovery(setup, tell, inlineFacts);
  const device = diskOf(diskIdOf(0));
  return (job) => tell({ type: 'judged', ...recovery.recover([device], JSON.parse(job) as RecoveryJob) });
});
