/** Fuzzes the NBD server: node dist/bench/fuzz/nbd-server.js [RUNS] [SEED] */
import fc from 'fast-check';
import { Bounds } from './bounds.js';
import { campaignSettings, concludeCampaign } from './campaign-settings.js';
import { FuzzedServer } from './fuzzed-server.js';
import { hostileSession } from './hostile-session.js';

const { runs, seed } = campaignSettings('nbd-server');
const bounds = new Bounds();
const server = await FuzzedServer.start();
const details = await fc.check(
  fc.asyncProperty(hostileSession, (session) => bounds.holdAsync(() => server.endure(session))),
  { numRuns: runs, seed },
);
await server.stop();
process.exitCode = concludeCampaign('nbd-server', details, bounds, ({ chunks, leaves }) =>
  [...chunks.map((chunk) => chunk.toString('hex')), `then: ${leaves}`].join('\n'),
);
