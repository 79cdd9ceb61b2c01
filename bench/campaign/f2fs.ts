/** f2fs in its three ways to fsync: what each keeps, and what it loses that the next one keeps. */
import { join } from 'node:path';
import { checkoutFolder } from '../checkout.js';
import type { Campaign } from './campaign.js';
import { runInGuests } from './in-guests.js';

const seeds = 3;

export const f2fs: Campaign = {
  name: 'f2fs',
  about: `scenarios/f2fs in guests, recorded and explored ${seeds} times`,
  async run(context) {
    const folder = join(checkoutFolder, 'scenarios/f2fs');
    const commands = Array.from({ length: context.count ?? seeds }, (_, n) => [
      folder,
      '--seed',
      `${context.seed + n}`,
    ]);
    const runs = await runInGuests(commands, context);
    const modes = new Map<string, string[]>();
    for (const { scenario, storage, observed } of runs) {
      const lost = modes.get(storage) ?? [];
      if (observed === 'violation' && !lost.includes(scenario)) lost.push(scenario);
      modes.set(storage, lost);
    }
    const said = [...modes].map(([storage, lost]) => `${storage} loses ${lost.join(', ') || 'nothing'}`);
    return `${runs.length} runs as expected; ${said.join('; ')}`;
  },
};
