/**
 * Shipped scenarios again and again, alone and on a machine that is busy with something else: the same two verdicts each
 * time. Where a loss takes luck, the finding says which recording had it (R2F1), and only that may differ.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { loadScenario } from '../../harness/scenario/load.js';
import type { Scenario } from '../../harness/scenario/schema/scenario.js';
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
        runs += [...seen.values()].reduce((sum, each) => sum + each.length, 0);
        const name = file.slice(checkoutFolder.length);
        const rows: Steady[] = [...seen].map(([storage, each]) => ({
          scenario: name,
          storage,
          verdicts: each.map(verdictsOf),
          steady: isSteady(each),
        }));
        for (const { storage, verdicts, steady } of rows)
          if (!steady) unsteady.push(`${name} on ${storage}: ${[...new Set(verdicts)].join(' and ')}`);
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

/** By storage, what came out each time. */
async function repeat(
  file: string,
  lab: Lab,
  { count, signal }: CampaignContext,
): Promise<Map<string, RunResult[]>> {
  const { storage } = loadScenario(file).scenario;
  // Faults are aimed at operations of the scenario's own file system.
  const own = storage.some(({ disk }) => disk.faults.length > 0 || disk.cut);
  const seen = new Map<string, RunResult[]>();
  for (let time = 0; time < (count ?? timesEach); time++) {
    const load = time % 2 === 1 ? new Load() : null;
    try {
      const args = [...(own ? [] : ['--fs', fileSystems]), '--out', lab.path('steadiness'), file];
      for (const run of (await plugpullResults(args, { signal })).runs) {
        seen.set(run.storage, [...(seen.get(run.storage) ?? []), run]);
      }
    } finally {
      load?.end();
    }
  }
  return seen;
}

const verdictsOf = ({ contract, observed }: RunResult): string =>
  `contract ${contract}, observed ${observed}`;

/** Does every observed finding say that only a recording under another schedule showed it? */
function saysWhich({ findings }: RunResult): boolean {
  return findings.every(({ evidence, id }) => evidence !== 'observed' || laterRecording.test(id));
}

/** The same each time, or with a loss that only some recordings show, and that says so. */
function isSteady(runs: readonly RunResult[]): boolean {
  const agree = (some: readonly RunResult[]): boolean => new Set(some.map(verdictsOf)).size <= 1;
  if (agree(runs)) return true;
  const lost = runs.filter(({ observed }) => observed === 'violation');
  const others = runs.filter(({ observed }) => observed !== 'violation');
  return lost.every(saysWhich) && agree(lost) && agree(others) && lost[0]?.contract === others[0]?.contract;
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
