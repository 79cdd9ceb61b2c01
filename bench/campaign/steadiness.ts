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
import {
  isSteady,
  onlyLater,
  type SteadyRun,
  type SteadyTally,
  steadinessPage,
  talliesOf,
} from './steadiness-page.js';

/** Alone, and as often under load. */
const timesEach = 10;
const page = join(checkoutFolder, 'docs/steadiness.md');
const fileSystems = 'ext4,xfs,btrfs';
/** Of a recording under a schedule that the first one did not have. */
const laterRecording = /^R\d+F/;

export const steadiness: Campaign = {
  name: 'steadiness',
  about: `each shipped scenario on each file system, until it ran ${timesEach} times alone and ${timesEach} under load: the same verdicts; goes on from docs/steadiness.md; --count N for another number, --only WORD takes files with it in their path`,
  async run(context) {
    const lab = Lab.open();
    const wanted = context.count ?? timesEach;
    const files = shipped('')
      .map((file) => file.slice(checkoutFolder.length))
      .filter((name) => name.includes(context.only ?? '') && runsHere(scenarioOf(name)));
    const failed = new Map<string, string>();
    try {
      for (;;) {
        const turn = nextTurn(
          files.filter((name) => !failed.has(name)),
          talliesOf(pageNow()),
        );
        if (!turn || turn.times >= wanted) break;
        const { name, underLoad } = turn;
        try {
          const runs = await runOnce(name, underLoad, lab, context);
          writeFileSync(page, steadinessPage(pageNow(), runs));
          context.say(`${name}${underLoad ? ', under load' : ''}: ${runs.map(shown).join('; ')}`);
        } catch (error) {
          if (!(error instanceof CampaignFailure)) throw error;
          failed.set(name, error.message);
          context.say(error.message);
        }
      }
    } finally {
      lab.close();
    }
    const tallies = talliesOf(pageNow()).filter(({ scenario }) => files.includes(scenario));
    const unsteady = tallies.filter((tally) => !isSteady(tally));
    const faults = [
      ...unsteady.map(
        ({ scenario, storage, verdicts }) =>
          `${scenario} on ${storage}: ${[...verdicts.keys()].join(' and ')}`,
      ),
      ...failed.values(),
    ];
    if (faults.length > 0) throw new CampaignFailure(faults.join('\n'));
    return `${files.length} scenarios in ${tallies.length} rows: the same two verdicts each time`;
  },
};

function pageNow(): string {
  return existsSync(page) ? readFileSync(page, 'utf8') : '';
}

const scenarioOf = (name: string): Scenario => loadScenario(join(checkoutFolder, name)).scenario;

/** Guests have campaigns of their own. */
function runsHere({ place, storage }: Scenario): boolean {
  return (
    (place === 'host' || place === 'auto') &&
    storage.every(({ fs, method }) => fs !== 'f2fs' && method === 'disk')
  );
}

/** The least tried comes first, so that a campaign that is stopped has tried all alike. */
function nextTurn(
  names: readonly string[],
  tallies: readonly SteadyTally[],
): { name: string; underLoad: boolean; times: number } | null {
  let least: { name: string; underLoad: boolean; times: number } | null = null;
  for (const name of names) {
    const own = tallies.filter(({ scenario }) => scenario === name);
    for (const underLoad of [false, true]) {
      const counts = own.map((tally) => (underLoad ? tally.underLoad : tally.alone));
      const times = counts.length === 0 ? 0 : Math.min(...counts);
      if (!least || times < least.times) least = { name, underLoad, times };
    }
  }
  return least;
}

async function runOnce(
  name: string,
  underLoad: boolean,
  lab: Lab,
  { signal }: CampaignContext,
): Promise<SteadyRun[]> {
  // Faults are aimed at operations of the scenario's own file system, and a storage under test is what it is.
  const { storage, promise } = scenarioOf(name);
  const own =
    promise?.owed !== undefined ||
    storage.some(({ disk, mount }) => disk.faults.length > 0 || disk.cut || mount.length > 0);
  const args = [...(own ? [] : ['--fs', fileSystems]), '--out', lab.path('steadiness'), name];
  const load = underLoad ? new Load() : null;
  try {
    const { runs } = await plugpullResults(args, { signal });
    return runs.map((run) => ({
      scenario: name,
      storage: run.storage,
      underLoad,
      verdicts: verdictsOf(run),
    }));
  } finally {
    load?.end();
  }
}

function verdictsOf({ contract, observed, findings }: RunResult): string {
  const seen = findings.filter(({ evidence }) => evidence === 'observed');
  const later = observed === 'violation' && seen.every(({ id }) => laterRecording.test(id));
  return `contract ${contract}, observed ${observed}${later ? onlyLater : ''}`;
}

const shown = ({ storage, verdicts }: SteadyRun): string => `${storage}: ${verdicts}`;

/** Two busy processes for each processor. */
class Load {
  readonly #busy: ChildProcess[] = Array.from({ length: 2 * availableParallelism() }, () =>
    spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' }),
  );

  end(): void {
    for (const child of this.#busy) child.kill('SIGKILL');
  }
}
