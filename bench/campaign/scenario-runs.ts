/** Shipped scenarios through `bin/plugpull run`, with more asked of them than their everyday runs do. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Results } from '../../harness/verdict/results.js';
import { checkoutFolder, plugpullPath } from '../checkout.js';
import { Lab } from '../lab.js';
import { type Campaign, type CampaignContext, CampaignFailure } from './campaign.js';
import { runProgram } from './program.js';

const auditSamples = 200;
/** A block of a journal that is read falls into 2^8 states in sectors: all of them is more than a campaign has time for. */
const tornRecoveries = 1000;

export const audit: Campaign = {
  name: 'audit',
  about: `all shipped scenarios, ${auditSamples} crash states of each recovered eagerly to check the verdict`,
  run: (context) =>
    runFiles(context, shipped(''), ['--audit', `${context.count ?? auditSamples}`], { ownSeed: true }),
};

export const matrix: Campaign = {
  name: 'matrix',
  about: 'scenarios/matrix: the important patterns on each file system',
  run: (context) => runFiles(context, shipped('matrix'), []),
};

export const granularity: Campaign = {
  name: 'granularity',
  about: 'scenarios/seeds with writes torn into blocks, then into sectors',
  async run(context) {
    const budget = `recoveries=${context.count ?? tornRecoveries}`;
    const torn = (granularity: string): Promise<string> =>
      runFiles(context, shipped('seeds'), ['--granularity', granularity, '--budget', budget], {
        budget: true,
      });
    const blocks = await torn('block');
    const sectors = await torn('sector');
    return `blocks: ${blocks}; sectors: ${sectors}`;
  },
};

interface Total {
  runs: number;
  cutShort: number;
  states: bigint;
  recoveries: number;
  audited: number;
}

function shipped(theme: string): string[] {
  return readdirSync(join(checkoutFolder, 'scenarios', theme), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.ya?ml$/.test(name))
    .sort()
    .map((name) => join(checkoutFolder, 'scenarios', theme, name));
}

/** One command a file: one that fails shows by itself, and the others still run. */
async function runFiles(
  { signal, say, seed }: CampaignContext,
  files: readonly string[],
  options: readonly string[],
  { ownSeed = false, budget = false }: { ownSeed?: boolean; budget?: boolean } = {},
): Promise<string> {
  const lab = Lab.open();
  const failures: string[] = [];
  const total: Total = { runs: 0, cutShort: 0, states: 0n, recoveries: 0, audited: 0 };
  try {
    for (const [position, file] of files.entries()) {
      const name = file.slice(checkoutFolder.length);
      const args = ['run', file, ...options, ...(ownSeed ? ['--seed', `${seed}`] : [])];
      const out = lab.path('results');
      const result = await runProgram(plugpullPath, [...args, '--out', out, '--json'], { signal });
      const problem = problemOf(result.stdout, result.exitCode, { total, budget });
      if (problem) failures.push(`${name}: ${problem}; again: bin/plugpull ${args.join(' ')}`);
      say(`${position + 1} of ${files.length}: ${name}: ${problem ?? 'as expected'}`);
    }
  } finally {
    lab.close();
  }
  if (failures.length > 0) throw new CampaignFailure(failures.join('\n'));
  const cut = total.cutShort > 0 ? ` (${total.cutShort} cut short by the budget)` : '';
  return `${total.runs} runs as expected${cut}, ${total.states} crash states in ${total.recoveries} recoveries, ${total.audited} audited, none mismatched`;
}

function problemOf(
  json: string,
  code: number | undefined,
  { total, budget }: { total: Total; budget: boolean },
): string | null {
  let results: Results;
  try {
    results = JSON.parse(json) as Results;
  } catch {
    return `exit code ${code} and no JSON`;
  }
  for (const { coverage, met, storage, verdict, notes, expected } of results.runs) {
    total.runs++;
    for (const { audit, states, recoveries, exhaustive } of coverage) {
      total.states += BigInt(states);
      total.recoveries += recoveries;
      total.audited += audit.sampled;
      if (audit.mismatched > 0)
        return `${storage}: ${audit.mismatched} audit mismatches: ${notes.join('; ')}`;
      if (!exhaustive) total.cutShort++;
      if (!exhaustive && !budget) return `${storage}: not exhaustive: ${notes.join('; ')}`;
    }
    if (met === false) {
      return `${storage}: ${verdict}, expected ${JSON.stringify(expected)}: ${notes.join('; ')}`;
    }
  }
  return code === 0 ? null : `exit code ${code}`;
}
