/** Fuzzes the NBD server: node dist/bench/fuzz/nbd-server.js [RUNS] [SEED] */
import fc from 'fast-check';
import { campaignSettings, concludeCampaign } from './campaign-settings.js';
import { FuzzedServer } from './fuzzed-server.js';
import { hostileSession } from './hostile-session.js';

const { runs, seed } = campaignSettings('nbd-server');
const server = await FuzzedServer.start();
const details = await fc.check(
  fc.asyncProperty(hostileSession, (session) => server.endure(session)),
  { numRuns: runs, seed },
);
await server.stop();
console.log(
  `nbd-server: peak memory ${Math.round(process.resourceUsage().maxRSS / 1024)} MiB, generator included`,
);
process.exitCode = concludeCampaign('nbd-server', details, ({ chunks, leaves }) =>
  [...chunks.map((chunk) => chunk.toString('hex')), `then: ${leaves}`].join('\n'),
);
