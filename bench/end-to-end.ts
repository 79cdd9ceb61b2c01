/**
 * What a user waits for: `bin/plugpull run` of one seed scenario, from the command line to the verdict, in a
 * built checkout on a machine that was calibrated before. There is nothing to compare it with but the goal.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { type BenchContext, type Benchmark, type Measured, repeats } from './benchmark.js';
import { checkoutFolder, plugpullPath } from './checkout.js';
import { median } from './median.js';

export const endToEnd: Benchmark = {
  name: 'end_to_end',
  about: 'plugpull run of scenarios/seeds/directory-sync.yaml, built and calibrated; baseline: the goal',
  goal: 1,
  better: 'less',
  measure: (context) => measure(context, { goalMs: 3000, place: [] }),
};

/** Recorded and recovered in User-mode Linux, as it is for whoever is not root. */
export const umlEndToEnd: Benchmark = {
  name: 'uml_end_to_end',
  about: 'the same scenario without root or devices, in User-mode Linux, images built; baseline: the goal',
  goal: 1,
  better: 'less',
  measure: (context) =>
    measure(context, { goalMs: 2000, place: ['--place', 'vm', '--kernel', 'uml', '--recover', 'uml'] }),
};

/** What `npm run demo` runs, in one command; a scenario's share of the time. */
export const seedsAndBroken: Benchmark = {
  name: 'seeds_and_broken',
  about: 'plugpull run of scenarios/seeds and scenarios/broken, time a scenario; baseline: the goal',
  goal: 1,
  better: 'less',
  async measure(context) {
    const folders = ['scenarios/seeds', 'scenarios/broken'];
    const scenarios = folders.flatMap((folder) => readdirSync(join(checkoutFolder, folder)));
    const count = scenarios.filter((name) => name.endsWith('.yaml')).length;
    const measured = await measure(context, {
      goalMs: 850 * count,
      place: [],
      scenarios: folders,
      rounds: 3,
    });
    const perScenario = ([name, value]: [string, unknown]): [string, number] => [
      name,
      name.endsWith('_ms') ? Number(value) / count : Number(value),
    ];
    return {
      ...measured,
      value: measured.value / count,
      baseline: measured.baseline / count,
      details: { ...Object.fromEntries(Object.entries(measured.details).map(perScenario)), scenarios: count },
    };
  },
};

async function measure(
  context: BenchContext,
  {
    goalMs,
    place,
    scenarios = ['scenarios/seeds/directory-sync.yaml'],
    rounds: wanted = 7,
  }: { goalMs: number; place: readonly string[]; scenarios?: readonly string[]; rounds?: number },
): Promise<Measured> {
  const { lab, say, signal } = context;
  const paths = scenarios.map((scenario) => join(checkoutFolder, scenario));
  const out = lab.path('results');
  const run = async (): Promise<number> => {
    const started = performance.now();
    await execa(plugpullPath, ['run', ...paths, ...place, '--out', out, '--json'], {
      // Its own process group, so that Ctrl-C reaches it once, from here, and it cleans up.
      detached: true,
      cancelSignal: signal,
      forceKillAfterDelay: 15_000,
    });
    return performance.now() - started;
  };
  say('warming up (build, calibration)');
  await run();
  const times: number[] = [];
  const rounds = repeats(wanted, context);
  for (let round = 0; round < rounds; round++) {
    say(`run ${round + 1} of ${rounds}`);
    times.push(await run());
  }
  return {
    value: median(times),
    baseline: goalMs,
    unit: 'ms',
    details: { fastest_ms: Math.min(...times), slowest_ms: Math.max(...times), rounds },
  };
}
