/** Fuzzes the block-log reader: node dist/bench/fuzz/block-log.js [RUNS] [SEED] */
import fc from 'fast-check';
import { Bounds } from './bounds.js';
import { campaignSettings, concludeCampaign } from './campaign-settings.js';
import { hostileLog } from './hostile-log.js';
import { type LogFate, openHostileLog } from './open-hostile-log.js';

const { runs, seed } = campaignSettings('block-log');
const bounds = new Bounds();
const fates: Record<LogFate, number> = { refused: 0, read: 0 };
const details = fc.check(
  fc.property(hostileLog, (log) => {
    fates[bounds.hold(() => openHostileLog(log))]++;
  }),
  { numRuns: runs, seed },
);
console.log(`block-log: ${fates.refused} refused, ${fates.read} read`);
process.exitCode = concludeCampaign(
  'block-log',
  details,
  bounds,
  ({ bytes, deviceBytes, pastCount }) =>
    `${bytes.toString('hex')}\ndevice of ${deviceBytes} bytes, past the count: ${pastCount}`,
);
