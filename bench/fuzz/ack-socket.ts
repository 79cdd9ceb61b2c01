/** Fuzzes both ack sockets: node dist/bench/fuzz/ack-socket.js [RUNS] [SEED] */
import fc from 'fast-check';
import { campaignSettings, concludeCampaign } from './campaign-settings.js';
import { HarassedAckServers } from './harassed-ack-servers.js';
import { hostileAcker } from './hostile-acker.js';

const { runs, seed } = campaignSettings('ack-socket');
const servers = await HarassedAckServers.start();
const details = await fc.check(
  fc.asyncProperty(hostileAcker, (acker) => servers.endure(acker)),
  { numRuns: runs, seed },
);
servers.close();
console.log(
  `ack-socket: peak memory ${Math.round(process.resourceUsage().maxRSS / 1024)} MiB, generator included`,
);
process.exitCode = concludeCampaign('ack-socket', details, ({ chunks, leaves }) =>
  [...chunks.map((chunk) => chunk.toString('hex')), `then: ${leaves}`].join('\n'),
);
