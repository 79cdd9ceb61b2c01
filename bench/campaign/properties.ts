/** The property tests of `npm test`, which draw the same inputs each time there, with inputs never drawn before. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkoutFolder } from '../checkout.js';
import { type Campaign, CampaignFailure } from './campaign.js';
import { runProgram } from './program.js';

const seeds = 50;

export const properties: Campaign = {
  name: 'properties',
  about: `each property test with ${seeds} other seeds`,
  async run({ seed, count, signal, say }) {
    const files = propertyTests();
    const runner = join(checkoutFolder, 'dist/test/runner/main.js');
    const last = seed + (count ?? seeds) - 1;
    for (let now = seed; now <= last; now++) {
      const { exitCode, stdout } = await runProgram(process.execPath, [runner, ...files], {
        env: { PLUGPULL_SEED: `${now}` },
        signal,
      });
      if (exitCode !== 0) {
        throw new CampaignFailure(`PLUGPULL_SEED=${now} npm test -- ${files.join(' ')}\n${failures(stdout)}`);
      }
      say(`seed ${now} (to ${last}): ${stdout.trim().split('\n').at(-1)}`);
    }
    return `${files.length} files, seeds ${seed} to ${last}`;
  },
};

/** Paths of the test files that draw inputs, from the checkout's folder. */
function propertyTests(): string[] {
  return readdirSync(join(checkoutFolder, 'test'), { recursive: true, encoding: 'utf8' })
    .map((path) => join('test', path))
    .filter((path) => path.endsWith('.test.ts'))
    .filter((path) => /\bfc\.assert\b/.test(readFileSync(join(checkoutFolder, path), 'utf8')))
    .sort();
}

/** What the runner said, without its lines about what passed. */
function failures(stdout: string): string {
  return stdout
    .split('\n')
    .filter((line) => !line.startsWith('ok '))
    .join('\n');
}
