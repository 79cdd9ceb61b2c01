/** Fuzzes both ack sockets: node dist/bench/fuzz/ack-socket.js [RUNS] [SEED] */
import fc from 'fast-check';
import { Bounds } from './bounds.js';
import { campaignSettings, concludeCampaign } from './campaign-settings.js';
import { HarassedAckServers } from './harassed-ack-servers.js';
import { hostileAcker } from './hostile-acker.js';

const { runs, seed } = campaignSettings('ack-socket');
const bounds = new Bounds();
const servers = await HarassedAckServers.start();
const details = await fc.check(
  fc.asyncProperty(hostileAcker, (acker) => bounds.holdAsync(() => servers.endure(acker))),
  { numRuns: runs, seed },
);
servers.close();
process.exitCode = concludeCampaign('ack-socket', details, bounds, ({ chunks, leaves }) =>
  [...chunks.map((chunk) => chunk.toString('hex')), `then: ${leaves}`].join('\n'),
);
