/** Fuzzes the parser of system-call logs: node dist/bench/fuzz/call-lines.js [RUNS] [SEED] */
import fc from 'fast-check';
import { Bounds } from './bounds.js';
import { campaignSettings, concludeCampaign } from './campaign-settings.js';
import { fateOf, type LineFate, mutatedLine } from './mutated-calls.js';

const { runs, seed } = campaignSettings('call-lines');
const bounds = new Bounds();
const fates = new Map<LineFate, number>();
const details = fc.check(
  fc.property(mutatedLine, (line) => {
    const fate = bounds.hold(() => fateOf(line));
    fates.set(fate, (fates.get(fate) ?? 0) + 1);
    return fate !== 'lost';
  }),
  { numRuns: runs, seed },
);
console.log(`call-lines: ${[...fates].map(([fate, count]) => `${count} ${fate}`).join(', ')}`);
process.exitCode = concludeCampaign('call-lines', details, bounds, (line) =>
  Buffer.from(line, 'latin1').toString('hex'),
);
