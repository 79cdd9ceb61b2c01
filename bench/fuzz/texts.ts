/**
 * Fuzzes what reads text: node dist/bench/fuzz/texts.js [RUNS] [SEED]
 *
 * Scenarios, stored results, a checker's answers and the lines of acks: each is understood, or refused with a UsageError
 * (of a checker: cannot tell), and nothing else is thrown. The results lie in memory (/dev/shm).
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { AckLines } from '../../harness/disk/recording/ack-lines.js';
import { judgementOfAnswer } from '../../harness/judge/checker-verdict.js';
import { parseScenario } from '../../harness/scenario/load.js';
import { UsageError } from '../../harness/verdict/errors.js';
import { openStoredResults } from '../../harness/verdict/stored-results.js';
import { checkoutFolder } from '../checkout.js';
import { Bounds } from './bounds.js';
import { campaignSettings, concludeCampaign } from './campaign-settings.js';
import { mutatedDocument } from './mutated-document.js';

const { runs, seed } = campaignSettings('texts');
const bounds = new Bounds();
const folder = mkdtempSync('/dev/shm/plugpull-texts-');

function textsIn(at: string, ending: string): string[] {
  const home = join(checkoutFolder, at);
  return readdirSync(home)
    .filter((name) => name.endsWith(ending))
    .map((name) => readFileSync(join(home, name), 'utf8'))
    .filter(({ length }) => length < 20_000);
}

/** @returns whether it was understood @throws what is no clear refusal */
function understood(read: () => unknown): boolean {
  try {
    read();
    return true;
  } catch (error) {
    if (error instanceof UsageError && error.message !== '') return false;
    throw error;
  }
}

const resultsFile = join(folder, 'results.json');
const readers: Record<string, { texts: string[]; read: (text: string) => boolean }> = {
  scenario: {
    texts: textsIn('scenarios/seeds', '.yaml'),
    read: (text) => understood(() => parseScenario(text, 'hostile.yaml')),
  },
  results: {
    texts: textsIn('test/reports/stored', '.results.json'),
    read: (text) => {
      writeFileSync(resultsFile, text);
      return understood(() => openStoredResults(resultsFile));
    },
  },
  'checker answers': {
    texts: ['{"outcome":"violation","reason":"a is gone"}', '{"outcome":"pass"}'],
    read: (text) => {
      const { clear, problems } = judgementOfAnswer({ line: text }, { timeout: 1000 }, text);
      if (!clear && problems[0]?.outcome !== 'unknown') throw new Error(`believed: ${text}`);
      return clear;
    },
  },
  'ack lines': {
    texts: ['saved 1\nsaved \u00e9\r\nother\n', 'saved', '\n\nsaved 2\n'],
    read: (text) => {
      const bytes = Buffer.from(text);
      const whole = acksIn([bytes]);
      const middle = bytes.length >> 1;
      const parts = acksIn([bytes.subarray(0, middle), bytes.subarray(middle)]);
      if (whole.join('\n') !== parts.join('\n')) throw new Error('acks depend on how output is cut');
      return whole.length > 0;
    },
  },
};

function acksIn(parts: readonly Buffer[]): string[] {
  const lines = new AckLines({ ack: '^saved (.*)$' });
  return [...parts.flatMap((part) => lines.push(part)), ...lines.end()];
}

try {
  for (const [name, { texts, read }] of Object.entries(readers)) {
    let clear = 0;
    const details = fc.check(
      fc.property(mutatedDocument(texts), (text) => {
        if (bounds.hold(() => read(text))) clear++;
      }),
      { numRuns: runs, seed },
    );
    console.log(`texts: ${name}: ${clear} understood, ${details.numRuns - clear} refused`);
    process.exitCode = concludeCampaign('texts', details, bounds, (text) =>
      Buffer.from(text).toString('hex'),
    );
    if (process.exitCode !== 0) break;
  }
  console.log(`texts: ${runs} inputs each of ${Object.keys(readers).join(', ')}; ${bounds.sentence()}`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
