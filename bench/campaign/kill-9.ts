/**
 * Killed runs, on the host and in a guest. On the host one that was killed while it explored is resumed, and must find
 * what the same recording gives when explored undisturbed.
 */
import { join } from 'node:path';
import { checkoutFolder } from '../checkout.js';
import { Lab } from '../lab.js';
import type { Campaign } from './campaign.js';
import { Killing, type KillingOptions } from './killing.js';

const scenario = (name: string): string => join(checkoutFolder, `scenarios/${name}.yaml`);

export const kill9 = killed(
  'kill-9',
  '20 runs ended with SIGKILL, SIGTERM or SIGINT at random moments, cleaned up after, one resumed',
  {
    // One recording: a further one, made after resuming, is another one each time.
    args: [scenario('apps/sqlite-delete-full'), '--recordings', '1'],
    kills: 20,
    resumes: true,
  },
);

export const killVm = killed(
  'kill-vm',
  '10 runs in guests ended with SIGKILL, SIGTERM or SIGINT at random moments, cleaned up after',
  {
    // Recovered in a guest, so that exploring takes long enough to be hit, too.
    args: [scenario('seeds/atomic-replace'), '--place', 'vm', '--vm-recover', 'guest'],
    kills: 10,
    cleaningRun: [scenario('seeds/directory-sync'), '--engine', 'contract'],
    resumes: false,
  },
);

export const killUml = killed(
  'kill-uml',
  '10 runs in User-mode Linux ended with SIGKILL, SIGTERM or SIGINT at random moments, cleaned up after',
  {
    args: [scenario('seeds/atomic-replace'), '--place', 'vm', '--kernel', 'uml'],
    kills: 10,
    cleaningRun: [scenario('seeds/directory-sync'), '--engine', 'contract'],
    resumes: false,
  },
);

function killed(name: string, about: string, options: KillingOptions): Campaign {
  return {
    name,
    about,
    async run(context) {
      const lab = Lab.open();
      const killing = new Killing(name, lab.path(name), options, context);
      try {
        return await killing.run();
      } finally {
        // Also after Ctrl-C in the middle of a killed run.
        await killing.clean();
        lab.close();
      }
    },
  };
}
