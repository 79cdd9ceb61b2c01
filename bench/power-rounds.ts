/** Power really lost in User-mode Linux: rounds a minute. */
import { join } from 'node:path';
import { GuestPlaces } from '../harness/run/recording/guest-run-place.js';
import { loadScenario } from '../harness/scenario/load.js';
import { workloadsFolder } from '../harness/scenario/workloads-folder.js';
import type { Benchmark } from './benchmark.js';
import { checkoutFolder } from './checkout.js';

const goalPerMinute = 60;
const rounds = 20;

export const powerRounds: Benchmark = {
  name: 'power_rounds',
  about: `${rounds} rounds of scenarios/seeds/directory-sync.yaml by method power in User-mode Linux; baseline: the goal`,
  goal: 1,
  better: 'more',
  async measure({ lab, signal, say }) {
    const loaded = loadScenario(join(checkoutFolder, 'scenarios/seeds/directory-sync.yaml'));
    const { scenario } = loaded;
    scenario.storage[0]!.method = 'power';
    scenario.live.rounds = rounds;
    const places = new GuestPlaces({ signal, onStep: say });
    try {
      const { space } = lab;
      const job = { loaded, storageIndex: 0, space, workloads: workloadsFolder, signal, onStep: say };
      const started = performance.now();
      const report = await places.place(scenario, 'uml').runLive!({
        ...job,
        folder: space.newFolder('power-rounds'),
        resumed: null,
        onRound: () => {},
      });
      const minutes = (performance.now() - started) / 60_000;
      if (report.rounds.length !== rounds)
        throw new Error(`${report.rounds.length} rounds: ${report.lostGuest}`);
      return { value: rounds / minutes, baseline: goalPerMinute, unit: 'rounds/min', details: {} };
    } finally {
      await places.close();
    }
  },
};
