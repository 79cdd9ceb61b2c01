/** The same scenarios on several kernels: what one of them keeps and another loses would show here. */
import { join } from 'node:path';
import { checkoutFolder } from '../checkout.js';
import type { Campaign } from './campaign.js';
import { runInGuests } from './in-guests.js';

const kernels = ['cloud', 'generic', 'cloud@trixie'];
/** Right programs, broken ones, and storages that are at fault themselves. */
const scenarios = [
  'seeds/atomic-replace',
  'seeds/directory-sync',
  'seeds/basic-sync',
  'broken/no-fsync',
  'broken/rename-without-fsync',
  'storage/ext4-nobarrier',
  'storage/ext4-noauto-da-alloc',
];
/** Few crash states: recovered by the guest's own kernel besides, a hundred times slower than by the host's. */
const recoveredThere = ['seeds/directory-sync', 'broken/no-fsync', 'storage/ext4-noauto-da-alloc'];

export const kernelMatrix: Campaign = {
  name: 'kernels',
  about: `${scenarios.length} scenarios in guests with ${kernels.join(', ')}; some recovered by each kernel itself`,
  async run(context) {
    const files = (names: readonly string[]) =>
      names.map((name) => join(checkoutFolder, 'scenarios', `${name}.yaml`));
    const inGuests = ['--place', 'vm', '--kernel', kernels.join(','), '--seed', `${context.seed}`];
    const runs = await runInGuests(
      [
        [...files(scenarios), ...inGuests],
        [...files(recoveredThere), ...inGuests, '--vm-recover', 'guest'],
      ],
      context,
    );
    const states = runs
      .flatMap(({ coverage }) => coverage.filter(({ engine }) => engine === 'replay'))
      .reduce((sum, coverage) => sum + BigInt(coverage.states), 0n);
    return `${runs.length} runs on ${kernels.length} kernels as the scenarios expect, ${states} crash states`;
  },
};
