/**
 * The shipped right programs with their sync calls deleted and displaced: what is needed is missed by their tests, what
 * is not is what the contract engine, in a search of its own, calls superfluous, and survives with a proof.
 */
import type { MutantsResult } from '../../harness/mutants/mutants-result.js';
import { plugpullPath } from '../checkout.js';
import { Lab } from '../lab.js';
import { type Campaign, CampaignFailure } from './campaign.js';
import { plugpullResults } from './plugpull-results.js';
import { runProgram } from './program.js';
import { shipped } from './scenario-runs.js';

export const shippedMutants: Campaign = {
  name: 'mutants',
  about:
    'sync calls of the shipped right programs deleted: each needed one is missed, each other one proven needless',
  async run({ signal, say }) {
    const lab = Lab.open();
    const wrong: string[] = [];
    let tested = 0;
    let killed = 0;
    let superfluous = 0;
    try {
      for (const file of shipped('seeds')) {
        const out = ['--out', lab.path('mutants')];
        const { stdout } = await runProgram(plugpullPath, ['mutants', '--json', ...out, file], { signal });
        const { baseline, mutants, score } = JSON.parse(stdout) as MutantsResult;
        if (baseline.outcome !== 'pass') {
          say(`${file}: ${baseline.outcome} as it is, so not tested`);
          continue;
        }
        tested++;
        killed += score.killed;
        superfluous += score.superfluous;
        const { runs } = await plugpullResults(['--engine', 'contract', ...out, file], { signal });
        const named = runs[0]?.protocols?.[0]?.superfluous ?? [];
        const deleted = mutants.filter(({ kind, why }) => kind === 'sync_removed' && why === 'superfluous');
        for (const { id, change, result, why, reason } of mutants) {
          if (result === 'unknown' || why === 'too_weak') wrong.push(`${file}: ${id} ${change}: ${result}`);
          if (reason === '') wrong.push(`${file}: ${id} ${change}: ${result}, and no reason`);
        }
        if (deleted.length > 0 !== named.length > 0)
          wrong.push(
            `${file}: ${deleted.length} deletions are superfluous, the contract engine names ${named.length}`,
          );
        say(`${file}: ${score.killed} killed, ${score.superfluous} superfluous`);
      }
    } finally {
      lab.close();
    }
    if (wrong.length > 0) throw new CampaignFailure(wrong.join('; '));
    return `${tested} right programs: ${killed} deletions and displacements missed, ${superfluous} proven needless`;
  },
};
