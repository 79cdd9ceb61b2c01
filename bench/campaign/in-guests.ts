/** Scenarios in guests, each run with what it came to; one that comes out otherwise than it states fails. */
import type { RunResult } from '../../harness/verdict/results.js';
import { Lab } from '../lab.js';
import { type CampaignContext, CampaignFailure } from './campaign.js';
import { plugpullResults } from './plugpull-results.js';

/** @param args the arguments of each command; a command's failures do not keep the next from running */
export async function runInGuests(
  commands: readonly (readonly string[])[],
  { signal, say }: CampaignContext,
): Promise<RunResult[]> {
  const lab = Lab.open();
  const runs: RunResult[] = [];
  try {
    for (const args of commands) {
      const results = await plugpullResults([...args, '--out', lab.path('results')], { signal });
      for (const run of results.runs) say(lineOf(run));
      runs.push(...results.runs);
    }
  } finally {
    lab.close();
  }
  const failures = runs.flatMap((run) => {
    const problem = problemOf(run);
    return problem === null ? [] : [`${run.scenario} on ${run.storage}: ${problem}: ${run.notes.join('; ')}`];
  });
  if (failures.length > 0) throw new CampaignFailure(failures.join('\n'));
  return runs;
}

function lineOf({ scenario, storage, contract, observed, coverage }: RunResult): string {
  const replay = coverage.find(({ engine }) => engine === 'replay');
  const states = replay ? `${replay.states} crash states in ${replay.recoveries} recoveries` : 'not explored';
  return `${scenario} on ${storage}: contract ${contract}, observed ${observed}, ${states}`;
}

function problemOf({ coverage, met, expected, contract, observed }: RunResult): string | null {
  if (met !== true) return `contract ${contract}, observed ${observed}, expected ${JSON.stringify(expected)}`;
  const replay = coverage.find(({ engine }) => engine === 'replay');
  if (!replay?.exhaustive) return 'not exhaustive';
  return replay.audit.mismatched > 0 ? `${replay.audit.mismatched} audit mismatches` : null;
}
