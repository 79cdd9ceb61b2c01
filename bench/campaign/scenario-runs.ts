/** Shipped scenarios through `bin/plugpull run`, with more asked of them than their everyday runs do. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Results } from '../../harness/verdict/results.js';
import { checkoutFolder, plugpullPath } from '../checkout.js';
import { Lab } from '../lab.js';
import { type Campaign, type CampaignContext, CampaignFailure } from './campaign.js';
import { type ProgramEnd, runProgram } from './program.js';

const auditSamples = 200;
/** A block of a journal that is read falls into 2^8 states in sectors: all of them is more than a campaign has time for. */
const tornRecoveries = 1000;
/** States that are known from memory are no recoveries, and there are 2^8 of them for each torn block too. */
const tornSeconds = 30;

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

export const servers: Campaign = {
  name: 'servers',
  about:
    'scenarios/servers: real servers; of right ones every crash state, of broken ones until they are found',
  run: (context) => runFiles(context, shipped('servers'), [], { foundIsEnough: true }),
};

export const granularity: Campaign = {
  name: 'granularity',
  about: 'scenarios/seeds with writes torn into blocks, then into sectors',
  async run(context) {
    const budget = `recoveries=${context.count ?? tornRecoveries},time=${tornSeconds}s`;
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
  /** Where the file system itself did not bear a torn write. */
  corrupted: number;
  states: bigint;
  recoveries: number;
  audited: number;
}

/** Shipped scenario files of a theme; of all with an empty one. */
export function shipped(theme: string): string[] {
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
  {
    ownSeed = false,
    budget = false,
    foundIsEnough = false,
  }: { ownSeed?: boolean; budget?: boolean; foundIsEnough?: boolean } = {},
): Promise<string> {
  const lab = Lab.open();
  const failures: string[] = [];
  const total: Total = { runs: 0, cutShort: 0, corrupted: 0, states: 0n, recoveries: 0, audited: 0 };
  try {
    for (const [position, file] of files.entries()) {
      const name = file.slice(checkoutFolder.length);
      const args = ['run', file, ...options, ...(ownSeed ? ['--seed', `${seed}`] : [])];
      const out = lab.path('results');
      const result = await runProgram(plugpullPath, [...args, '--out', out, '--json'], { signal });
      const problem = problemOf(result, { total, budget, foundIsEnough });
      if (problem) failures.push(`${name}: ${problem}; again: bin/plugpull ${args.join(' ')}`);
      say(`${position + 1} of ${files.length}: ${name}: ${problem ?? 'as expected'}`);
    }
  } finally {
    lab.close();
  }
  if (failures.length > 0) throw new CampaignFailure(failures.join('\n'));
  const cut = total.cutShort > 0 ? ` (${total.cutShort} cut short by the budget)` : '';
  const torn =
    total.corrupted > 0
      ? ` (${total.corrupted} in which a torn write kept the file system from mounting)`
      : '';
  return `${total.runs} runs as expected${cut}${torn}, ${total.states} crash states in ${total.recoveries} recoveries, ${total.audited} audited, none mismatched`;
}

function problemOf(
  { stdout, stderr, exitCode: code }: ProgramEnd,
  { total, budget, foundIsEnough }: { total: Total; budget: boolean; foundIsEnough: boolean },
): string | null {
  const before = total.corrupted;
  let results: Results;
  try {
    results = JSON.parse(stdout) as Results;
  } catch {
    return `exit code ${code} and no JSON: ${stderr.slice(-1000)}`;
  }
  for (const { coverage, met, storage, verdict, notes, expected, findings } of results.runs) {
    total.runs++;
    for (const { audit, states, recoveries, exhaustive } of coverage) {
      total.states += BigInt(states);
      total.recoveries += recoveries;
      total.audited += audit.sampled;
      if (audit.mismatched > 0)
        return `${storage}: ${audit.mismatched} audit mismatches: ${notes.join('; ')}`;
      if (!exhaustive) total.cutShort++;
      const isEnough = budget || (foundIsEnough && verdict === 'violation');
      if (!exhaustive && !isEnough) return `${storage}: not exhaustive: ${notes.join('; ')}`;
    }
    // ext4's superblock with its checksum lies in two sectors: torn, it does not mount, whatever a program did.
    const isStorages =
      budget &&
      findings.length > 0 &&
      findings.every(({ kind, evidence }) => kind === 'corruption' || evidence === 'contract');
    if (isStorages) total.corrupted++;
    else if (met === false) {
      return `${storage}: ${verdict}, expected ${JSON.stringify(expected)}: ${notes.join('; ')}`;
    }
  }
  const accounted = code === 0 || (code === 1 && total.corrupted > before);
  return accounted ? null : `exit code ${code}`;
}
