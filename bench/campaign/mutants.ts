/**
 * The shipped right programs with their sync calls deleted and displaced: what is needed is missed by their tests, what
 * is not is what the contract engine, in a search of its own, calls superfluous, and survives with a proof. Makes
 * docs/mutated-programs.md.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { MutantsResult } from '../../harness/mutants/mutants-result.js';
import { checkoutFolder, plugpullPath } from '../checkout.js';
import { Lab } from '../lab.js';
import { type Campaign, CampaignFailure } from './campaign.js';
import { keptRows } from './kept-rows.js';
import { mutantsDocsPage, mutantsRow, untestedRow } from './mutants-page.js';
import { plugpullResults } from './plugpull-results.js';
import { runProgram } from './program.js';
import { shipped } from './scenario-runs.js';

const page = join(checkoutFolder, 'docs/mutated-programs.md');

export const shippedMutants: Campaign = {
  name: 'mutants',
  about:
    'sync calls of the shipped right programs deleted: each needed one is missed, each other one proven needless; makes docs/mutated-programs.md',
  async run({ only, signal, say }) {
    const lab = Lab.open();
    const wrong: string[] = [];
    const total = { tested: 0, killed: 0, superfluous: 0, accepted: 0 };
    // Of those that are not tried again the rows stay.
    const rows = keptRows(only !== null && existsSync(page) ? readFileSync(page, 'utf8') : '', 1);
    const files = ['seeds', 'clients', 'apps', 'libraries'].flatMap((theme) => shipped(theme));
    try {
      for (const file of files.filter((one) => only === null || one.includes(only))) {
        const out = ['--out', lab.path('mutants')];
        const { stdout } = await runProgram(plugpullPath, ['mutants', '--json', ...out, file], { signal });
        const result = JSON.parse(stdout) as MutantsResult;
        const { baseline, mutants, score } = result;
        if (baseline.outcome !== 'pass') {
          say(`${file}: ${baseline.outcome} as it is, so not tested`);
          rows.add(untestedRow(basename(file, '.yaml'), baseline.outcome));
          writeFileSync(page, mutantsDocsPage(rows));
          continue;
        }
        total.tested++;
        total.killed += score.killed;
        total.superfluous += score.superfluous;
        total.accepted += score.too_weak;
        rows.add(mutantsRow(basename(file, '.yaml'), result));
        const isByPromise = !file.includes('/apps/');
        for (const { id, change, result, why, reason } of mutants) {
          if (result === 'unknown' || (why === 'too_weak' && isByPromise))
            wrong.push(`${file}: ${id} ${change}: ${result}`);
          if (reason === '') wrong.push(`${file}: ${id} ${change}: ${result}, and no reason`);
        }
        if (isByPromise) wrong.push(...(await disagreement(file, mutants, { out, signal })));
        say(`${file}: ${score.killed} killed, ${score.superfluous} superfluous, ${score.too_weak} accepted`);
        writeFileSync(page, mutantsDocsPage(rows));
      }
    } finally {
      lab.close();
    }
    if (wrong.length > 0) throw new CampaignFailure(wrong.join('; '));
    const { tested, killed, superfluous, accepted } = total;
    return `${tested} right programs: ${killed} deletions and displacements missed, ${superfluous} proven needless, ${accepted} accepted by a checker`;
  },
};

/** What mutants call superfluous the contract engine finds by itself, and the other way round. */
async function disagreement(
  file: string,
  mutants: MutantsResult['mutants'],
  { out, signal }: { out: string[]; signal: AbortSignal },
): Promise<string[]> {
  const { runs } = await plugpullResults(['--engine', 'contract', ...out, file], { signal });
  const named = runs[0]?.protocols?.[0]?.superfluous ?? [];
  const deleted = mutants.filter(({ kind, why }) => kind === 'sync_removed' && why === 'superfluous');
  if (deleted.length > 0 === named.length > 0) return [];
  return [`${file}: ${deleted.length} deletions are superfluous, the contract engine names ${named.length}`];
}
