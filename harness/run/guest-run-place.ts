/**
 * Guests as places of runs. A session's runs share them: the second scenario on a kernel finds it booted.
 */
import { resolve } from 'node:path';
import type { GuestSupply } from '../../vm/live/round.js';
import { runRounds } from '../../vm/live/run-rounds.js';
import type { Machine } from '../../vm/machine/machine.js';
import { type MachineKind, MachinePool } from '../../vm/machine/machine-pool.js';
import { guestPlace } from '../../vm/place/guest-place.js';
import { shareFiles } from '../../vm/place/shared-files.js';
import { type RecordingJob, record } from '../capture/record.js';
import { startLanes } from '../explore/lane-client.js';
import { scenarioFolder } from '../scenario/load.js';
import type { Scenario } from '../scenario/schema.js';
import { cleanRun } from '../state/clean.js';
import { RunSpace } from '../state/run-space.js';
import type { RunPlace } from './run-place.js';

export interface GuestOptions {
  lanes?: number | undefined;
  signal?: AbortSignal | undefined;
  onStep?: (step: string) => void;
}

export class GuestPlaces {
  readonly #space = RunSpace.create();
  readonly #pool: MachinePool;

  constructor(private readonly options: GuestOptions) {
    this.#pool = new MachinePool(this.#space, options);
  }

  /** The guest with one of a scenario's kernels. */
  place({ vm }: Scenario, kernel: string): RunPlace {
    const kind: MachineKind = {
      kernel,
      memoryMib: Math.ceil(vm.memory / 2 ** 20),
      ...(vm.accelerator === 'auto' ? {} : { accelerator: vm.accelerator }),
    };
    const { lanes } = this.options;
    return {
      record: (job) =>
        this.#pool.use(kind, async (machine) => {
          await shareFiles(machine, filesOf(job), { signal: job.signal, onStep: job.onStep });
          return record({ ...job, openPlace: guestPlace(machine) });
        }),
      startLanes: ({ space, storage }) => startLanes({ space, fs: storage.fs, lanes }),
      runLive: (job) => {
        const take = async (): Promise<Machine> => {
          const machine = await this.#pool.take(kind);
          await shareFiles(machine, filesOf(job), { signal: job.signal });
          return machine;
        };
        const giveBack: GuestSupply['giveBack'] = (machine, inOrder) =>
          this.#pool.giveBack(kind, machine, inOrder);
        return runRounds({ ...job, guests: { take, giveBack } });
      },
    };
  }

  async close(): Promise<void> {
    await this.#pool.close();
    cleanRun(this.#space.id);
  }
}

/** What the scenario's programs may refer to. */
function filesOf({ loaded, workloads }: Pick<RecordingJob, 'loaded' | 'workloads'>): string[] {
  const folder = scenarioFolder(loaded);
  return [workloads, ...(folder ? [folder] : []), ...loaded.scenario.vm.files.map((path) => resolve(path))];
}
