/**
 * Shipped scenarios again and again, alone and on a machine that is busy with something else: the same two verdicts each
 * time. Where a loss takes luck, the finding says which recording had it (R2F1), and only that may differ.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { loadScenario } from '../../harness/scenario/load.js';
import type { Scenario } from '../../harness/scenario/schema.js';
import type { RunResult } from '../../harness/verdict/results.js';
import { checkoutFolder } from '../checkout.js';
import { Lab } from '../lab.js';
import { type Campaign, type CampaignContext, CampaignFailure } from './campaign.js';
import { plugpullResults } from './plugpull-results.js';
import { shipped } from './scenario-runs.js';
import { type Steady, steadinessPage } from './steadiness-page.js';

const timesEach = 20;
const page = join(checkoutFolder, 'docs/steadiness.md');
const fileSystems = 'ext4,xfs,btrfs';
/** Of a recording under a schedule that the first one did not have. */
const laterRecording = /^R\d+F/;

export const steadiness: Campaign = {
  name: 'steadiness',
  about: `each shipped scenario ${timesEach} times on each file system, every other time under load: the same verdicts; --only WORD takes files with it in their path`,
  async run(context) {
    const lab = Lab.open();
    try {
      const files = shipped('')
        .filter((file) => file.slice(checkoutFolder.length).includes(context.only ?? ''))
        .filter((file) => runsHere(loadScenario(file).scenario));
      const unsteady: string[] = [];
      let runs = 0;
      for (const file of files) {
        const seen = await repeat(file, lab, context);
        runs += [...seen.values()].reduce((sum, verdicts) => sum + verdicts.length, 0);
        const name = file.slice(checkoutFolder.length);
        const rows: Steady[] = [...seen].map(([storage, verdicts]) => ({
          scenario: name,
          storage,
          verdicts,
        }));
        for (const { storage, verdicts } of rows) {
          const different = new Set(verdicts);
          if (different.size > 1) unsteady.push(`${name} on ${storage}: ${[...different].join(' and ')}`);
        }
        writeFileSync(page, steadinessPage(rows, existsSync(page) ? readFileSync(page, 'utf8') : ''));
        context.say(`${name}: ${unsteady.length === 0 ? 'steady' : `${unsteady.length} unsteady so far`}`);
      }
      if (unsteady.length > 0) throw new CampaignFailure(unsteady.join('; '));
      return `${files.length} scenarios, ${runs} runs, half of them under load: the same two verdicts each time`;
    } finally {
      lab.close();
    }
  },
};

/** Guests have campaigns of their own. */
function runsHere({ place, storage }: Scenario): boolean {
  return (
    (place === 'host' || place === 'auto') &&
    storage.every(({ fs, method }) => fs !== 'f2fs' && method === 'disk')
  );
}

/** By storage, the verdicts of each time. */
async function repeat(
  file: string,
  lab: Lab,
  { count, signal }: CampaignContext,
): Promise<Map<string, string[]>> {
  const { storage } = loadScenario(file).scenario;
  // Faults are aimed at operations of the scenario's own file system.
  const own = storage.some(({ disk }) => disk.faults.length > 0 || disk.cut);
  const seen = new Map<string, string[]>();
  for (let time = 0; time < (count ?? timesEach); time++) {
    const load = time % 2 === 1 ? new Load() : null;
    try {
      const args = [...(own ? [] : ['--fs', fileSystems]), '--out', lab.path('steadiness'), file];
      for (const run of (await plugpullResults(args, { signal })).runs) {
        seen.set(run.storage, [...(seen.get(run.storage) ?? []), verdictsOf(run)]);
      }
    } finally {
      load?.end();
    }
  }
  return seen;
}

function verdictsOf({ contract, observed, findings }: RunResult): string {
  const shown = findings.filter(({ evidence }) => evidence === 'observed');
  // Without what only another recording showed, which it says.
  const steady = shown.length > 0 && shown.every(({ id }) => laterRecording.test(id)) ? 'pass' : observed;
  return `contract ${contract}, observed ${steady}`;
}

/** Two busy processes for each processor. */
class Load {
  readonly #busy: ChildProcess[] = Array.from({ length: 2 * availableParallelism() }, () =>
    spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' }),
  );

  end(): void {
    for (const child of this.#busy) child.kill('SIGKILL');
  }
}
