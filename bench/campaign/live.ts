/** Power really lost, often: right programs keep their promises in every round, broken ones are caught within them. */
import { join } from 'node:path';
import { checkoutFolder } from '../checkout.js';
import { Lab } from '../lab.js';
import { type Campaign, type CampaignContext, CampaignFailure } from './campaign.js';
import { plugpullResults } from './plugpull-results.js';

const defaultRounds = 50;
const serverRounds = 30;
const right = ['seeds/atomic-replace', 'seeds/directory-sync', 'seeds/transaction-log-existing'];
const broken = ['broken/no-fsync', 'broken/ack-before-fsync', 'broken/append-without-fsync'];

interface Way {
  name: string;
  args: readonly string[];
  right: readonly string[];
  broken: readonly string[];
}

/** Programs, in guests that lose their power. */
const inGuests = { right, broken };

const ways: readonly Way[] = [
  { name: 'dm-flakey', args: ['--place', 'vm', '--method', 'dm-flakey'], ...inGuests },
  {
    name: 'dm-flakey, reads fail too',
    args: [
      ...['--place', 'vm', '--method', 'dm-flakey', '--flakey', 'drop_writes,error_reads'],
      ...['--kernel', 'cloud@trixie'],
    ],
    ...inGuests,
  },
  { name: 'power', args: ['--place', 'vm', '--method', 'power'], ...inGuests },
];

/** Servers on the host, with clients at once. */
const onHost: Way = {
  name: 'servers',
  args: ['--place', 'host', '--engine', 'live', '--lanes', '1'],
  right: ['kv', 'redis-always', 'postgres', 'etcd', 'mariadb', 'mosquitto'].map((name) => `servers/${name}`),
  broken: ['kv-no-sync', 'redis-no-fsync', 'postgres-fsync-off', 'etcd-no-fsync', 'mariadb-flush-later'].map(
    (name) => `servers/${name}`,
  ),
};

export const live: Campaign = {
  name: 'live',
  about: `right and broken programs in guests, ${defaultRounds} rounds each of dm-flakey and of power`,
  run: (context) => everyWay(ways, context),
};

export const liveServers: Campaign = {
  name: 'live-servers',
  about: `right and broken servers with clients at once, ${serverRounds} rounds each of power loss on the host`,
  run: (context) => everyWay([onHost], { ...context, count: context.count ?? serverRounds }),
};

async function everyWay(all: readonly Way[], context: CampaignContext): Promise<string> {
  const lab = Lab.open();
  try {
    const said: string[] = [];
    for (const way of all) said.push(`${way.name}: ${await rounds(way, lab, context)}`);
    return said.join('; ');
  } finally {
    lab.close();
  }
}

async function rounds(
  { name: way, args: method, right, broken }: Way,
  lab: Lab,
  { count, seed, signal, say }: CampaignContext,
): Promise<string> {
  const files = [...right, ...broken].map((name) => join(checkoutFolder, 'scenarios', `${name}.yaml`));
  const args = [...files, ...method, '--seed', `${seed}`];
  const wanted = ['--rounds', `${count ?? defaultRounds}`];
  const results = await plugpullResults([...args, ...wanted, '--out', lab.path('results')], { signal });
  const failures: string[] = [];
  let powerCuts = 0;
  for (const [position, { scenario, observed, coverage, notes }] of results.runs.entries()) {
    // In the order of the files.
    const expected = position < right.length ? 'pass' : 'violation';
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
