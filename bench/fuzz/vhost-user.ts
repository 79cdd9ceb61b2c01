/** Fuzzes the vhost-user server: node dist/bench/fuzz/vhost-user.js [RUNS] [SEED] */
import fc from 'fast-check';
import { AttackedServer } from './attacked-server.js';
import { Bounds } from './bounds.js';
import { campaignSettings, concludeCampaign } from './campaign-settings.js';
import { hostileMachine } from './hostile-machine.js';

const { runs, seed } = campaignSettings('vhost-user');
const bounds = new Bounds();
const server = new AttackedServer();
const details = fc.check(
  fc.property(hostileMachine, (machine) => bounds.hold(() => server.endure(machine))),
  { numRuns: runs, seed },
);
server.stop();
console.log(
  `vhost-user: ${server.deviceCalls} calls reached the disk, ${server.refusals} machines were cut off`,
);
process.exitCode = concludeCampaign('vhost-user', details, bounds, ({ begins, misdeeds }) =>
  [`begins: ${begins}`, ...misdeeds.map((each) => JSON.stringify(each, readable))].join('\n'),
);

function readable(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  const { type, data } = (value ?? {}) as { type?: unknown; data?: unknown };
  return type === 'Buffer' ? Buffer.from(data as number[]).toString('hex') : value;
}
