/**
 * docs/steadiness.md: what each scenario said on each storage, over all runs that were ever added. The page is the only
 * memory of them, so that a campaign goes on where the last one stopped; a row that is taken out begins anew.
 */
import { keptRows, table } from './kept-rows.js';

/** What one run of a scenario on one storage said. */
export interface SteadyRun {
  scenario: string;
  storage: string;
  /** The machine was kept busy meanwhile. */
  underLoad: boolean;
  verdicts: string;
}

/** All runs of a scenario on one storage. */
export interface SteadyTally {
  scenario: string;
  storage: string;
  alone: number;
  underLoad: number;
  /** How often each pair of verdicts came out. */
  verdicts: ReadonlyMap<string, number>;
}

/** Ends what a run said whose loss only recordings under another schedule than the first showed. */
export const onlyLater = ', seen in later recordings only';

const keyCells = 2;
const head = ['scenario', 'storage', 'alone', 'under load', 'verdicts', 'steady'];

/** Those of the page's rows, in its order. */
export function talliesOf(page: string): SteadyTally[] {
  return keptRows(page, keyCells)
    .all()
    .map((row) => {
      const [scenario, storage, alone, underLoad, said] = row.slice(2, -2).split(' | ');
      const counts = said!.split('; ').map((each) => /^(.*) \((\d+)\)$/.exec(each)!);
      return {
        scenario: scenario!,
        storage: storage!,
        alone: Number(alone),
        underLoad: Number(underLoad),
        verdicts: new Map(counts.map(([, verdicts, count]) => [verdicts!, Number(count)])),
      };
    });
}

/** The page with more runs in it. */
export function steadinessPage(page: string, runs: readonly SteadyRun[]): string {
  const rows = keptRows(page, keyCells);
  const tallies = new Map(talliesOf(page).map((tally) => [keyOf(tally), tally]));
  for (const run of runs) {
    const tally = withRun(tallies.get(keyOf(run)), run);
    tallies.set(keyOf(run), tally);
    rows.add(cellsOf(tally));
  }
  return `${introduction([...tallies.values()])}\n${table(head, rows.sorted())}\n`;
}

/** The same each time, or with a loss that only some recordings show, and that says so. */
export function isSteady({ verdicts }: Pick<SteadyTally, 'verdicts'>): boolean {
  const said = [...verdicts.keys()];
  if (said.length <= 1) return true;
  const lucky = said.filter((verdict) => verdict.endsWith(onlyLater));
  const others = said.filter((verdict) => !verdict.endsWith(onlyLater));
  const contracts = new Set(said.map((verdict) => verdict.split(', ')[0]));
  return contracts.size === 1 && lucky.length <= 1 && others.length <= 1;
}

function withRun(tally: SteadyTally | undefined, run: SteadyRun): SteadyTally {
  const { scenario, storage, underLoad, verdicts } = run;
  const counts = new Map(tally?.verdicts ?? []);
  counts.set(verdicts, (counts.get(verdicts) ?? 0) + 1);
  return {
    scenario,
    storage,
    alone: (tally?.alone ?? 0) + (underLoad ? 0 : 1),
    underLoad: (tally?.underLoad ?? 0) + (underLoad ? 1 : 0),
    verdicts: counts,
  };
}

const keyOf = ({ scenario, storage }: { scenario: string; storage: string }): string =>
  `${scenario} | ${storage}`;

function cellsOf(tally: SteadyTally): string[] {
  const { scenario, storage, alone, underLoad, verdicts } = tally;
  const said = [...verdicts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([each, count]) => `${each} (${count})`);
  return [scenario, storage, `${alone}`, `${underLoad}`, said.join('; '), isSteady(tally) ? 'yes' : 'no'];
}

function introduction(tallies: readonly SteadyTally[]): string {
  const runs = tallies.reduce((sum, { alone, underLoad }) => sum + alone + underLoad, 0);
  const unsteady = tallies.filter((tally) => !isSteady(tally)).length;
  return `# Steadiness

Shipped scenarios again and again, alone and while two busy processes for each processor run beside: the same two verdicts
each time. Only a loss that takes luck may differ, and then each finding says which later recording had it (R2F1). The
numbers behind verdicts say how often they came out.

Made by \`npm run campaign -- steadiness\`, which adds its runs to those of the page, the least tried first, until each row
has ten of either kind; a row that is taken out begins anew. ${tallies.length} rows, ${runs} runs, ${unsteady === 0 ? 'none' : unsteady} unsteady.
`;
}
