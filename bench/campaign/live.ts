/** Power really lost, often: right programs keep their promises in every round, broken ones are caught within them. */
import { join } from 'node:path';
import { checkoutFolder } from '../checkout.js';
import { Lab } from '../lab.js';
import { type Campaign, type CampaignContext, CampaignFailure } from './campaign.js';
import { plugpullResults } from './plugpull-results.js';

const defaultRounds = 50;
const right = ['seeds/atomic-replace', 'seeds/directory-sync', 'seeds/transaction-log-existing'];
const broken = ['broken/no-fsync', 'broken/ack-before-fsync', 'broken/append-without-fsync'];

interface Way {
  name: string;
  args: readonly string[];
}

const ways: readonly Way[] = [
  { name: 'dm-flakey', args: ['--method', 'dm-flakey'] },
  {
    name: 'dm-flakey, reads fail too',
    args: ['--method', 'dm-flakey', '--flakey', 'drop_writes,error_reads', '--kernel', 'cloud@trixie'],
  },
  { name: 'power', args: ['--method', 'power'] },
];

export const live: Campaign = {
  name: 'live',
  about: `right and broken programs in guests, ${defaultRounds} rounds each of dm-flakey and of power`,
  async run(context) {
    const lab = Lab.open();
    try {
      const said: string[] = [];
      for (const way of ways) said.push(`${way.name}: ${await rounds(way, lab, context)}`);
      return said.join('; ');
    } finally {
      lab.close();
    }
  },
};

async function rounds(
  { name: way, args: method }: Way,
  lab: Lab,
  { count, seed, signal, say }: CampaignContext,
): Promise<string> {
  const files = [...right, ...broken].map((name) => join(checkoutFolder, 'scenarios', `${name}.yaml`));
  const args = [...files, '--place', 'vm', ...method, '--seed', `${seed}`];
  const wanted = ['--rounds', `${count ?? defaultRounds}`];
  const results = await plugpullResults([...args, ...wanted, '--out', lab.path('results')], { signal });
  const failures: string[] = [];
  let powerCuts = 0;
  for (const { scenario, observed, coverage, notes } of results.runs) {
    const expected = right.some((name) => name.endsWith(`/${scenario}`)) ? 'pass' : 'violation';
    const cuts = coverage.reduce((sum, { recoveries }) => sum + recoveries, 0);
    powerCuts += cuts;
    say(`${way}: ${scenario}: ${observed} after ${cuts} power cuts`);
    if (observed !== expected) {
      failures.push(`${way}: ${scenario}: ${observed}, expected ${expected}: ${notes.join('; ')}`);
    }
  }
  if (results.runs.length !== files.length)
    failures.push(`${way}: ${results.runs.length} runs of ${files.length}`);
  if (failures.length > 0) throw new CampaignFailure(failures.join('\n'));
  return `${powerCuts} power cuts, ${right.length} right programs kept all, ${broken.length} broken ones were caught`;
}
