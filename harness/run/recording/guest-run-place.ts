/**
 * Guests as places of runs. A session's runs share them: the second scenario on a kernel finds it booted.
 */
import { copyFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { debianKernel } from '../../../vm/image/debian-kernel.js';
import { GuestLane } from '../../../vm/lane/guest-lane.js';
import { runRounds } from '../../../vm/live/run-rounds.js';
import type { Machine } from '../../../vm/machine/machine.js';
import { type GuestSupply, type MachineKind, MachinePool } from '../../../vm/machine/machine-pool.js';
import { shareFiles } from '../../../vm/place/shared-files.js';
import { UmlGuests } from '../../../vm/uml/uml-guests.js';
import { type RecordingJob, record } from '../../capture/record.js';
import { type LaneClient, startLanes } from '../../explore/lane-client.js';
import { checksInContainer, containerOf } from '../../scenario/container.js';
import type { Scenario } from '../../scenario/schema/scenario.js';
import { cleanRun } from '../../state/clean.js';
import { RunSpace } from '../../state/run-space.js';
import { UnavailableError } from '../../verdict/errors.js';
import { recovererOf } from '../planning/recoverer.js';
import { recorderIn } from './guest-recorder.js';
import type { RunPlace } from './run-place.js';
import { packedFilesOfScenario } from './scenario-files.js';
import { umlLanes } from './uml-lanes.js';
import { umlRunPlace } from './uml-run-place.js';

type LaneJob = Parameters<RunPlace['startLanes']>[0];

export interface GuestOptions {
  lanes?: number | undefined;
  signal?: AbortSignal | undefined;
  onStep?: (step: string) => void;
}

export class GuestPlaces {
  readonly #space = RunSpace.create();
  readonly #pool: MachinePool;
  readonly #umls: UmlGuests;

  constructor(private readonly options: GuestOptions) {
    this.#pool = new MachinePool(this.#space, options);
    this.#umls = new UmlGuests(this.#space, options);
  }

  /** The guest with one of a scenario's kernels. */
  place(scenario: Scenario, kernel: string): RunPlace {
    if (debianKernel(kernel)?.flavour === 'uml') {
      return umlRunPlace(this.#umls, scenario, kernel, (job) => this.#umlLanes(kernel, job));
    }
    const { vm } = scenario;
    const container = containerOf(scenario) ?? undefined;
    const kind: MachineKind = {
      kernel,
      modules: vm.modules,
      container,
      memoryMib: Math.ceil(vm.memory / 2 ** 20),
      ...(vm.accelerator === 'auto' ? {} : { accelerator: vm.accelerator }),
    };
    const { lanes } = this.options;
    return {
      record: async (job) => {
        const files = packedFilesOfScenario(job);
        return this.#pool.use(kind, async (machine) => {
          await shareFiles(machine, files, { signal: job.signal, onStep: job.onStep });
          try {
            return await record({ ...job, openRecorder: recorderIn(machine, job) });
          } finally {
            copyFileSync(machine.consoleLog, join(job.traceFolder, 'console.log'));
          }
        });
      },
      startLanes: ({ space, storage, loaded, workloads }) => {
        const recoverer = recovererOf(loaded.scenario, kernel, storage);
        if (recoverer === 'host') return startLanes({ space, fs: storage.fs, lanes });
        if (recoverer === 'uml') return umlLanes({ ...this.options, space, storage, loaded, kernel });
        const guests = this.#supply(kind, { loaded, workloads });
        return Array.from(
          { length: lanes ?? guestLanes() },
          () => new GuestLane(`lane-${space.nextNumber()}`, space, guests),
        );
      },
      runLive: (job) => runRounds({ ...job, guests: this.#supply(kind, job) }),
    };
  }

  #umlLanes(kernel: string, { space, storage, loaded }: LaneJob): LaneClient[] {
    const { scenario } = loaded;
    if (recovererOf(scenario, kernel, storage) === 'host')
      return startLanes({ space, fs: storage.fs, lanes: this.options.lanes });
    if (checksInContainer(scenario)) {
      throw new UnavailableError(
        `--kernel ${kernel}: the checker runs in ${containerOf(scenario)}, which recoveries in User-mode Linux do not have; take a kernel that QEMU boots, such as cloud`,
      );
    }
    return umlLanes({ ...this.options, space, storage, loaded, kernel });
  }

  /** Guests with the files that a scenario's programs may refer to. */
  #supply(kind: MachineKind, scenario: Pick<RecordingJob, 'loaded' | 'workloads'>): GuestSupply<Machine> {
    const paths = packedFilesOfScenario(scenario);
    return {
      take: async () => {
        const machine = await this.#pool.take(kind);
        await shareFiles(machine, paths, { signal: this.options.signal });
        return machine;
      },
      giveBack: (machine, inOrder) => this.#pool.giveBack(kind, machine, inOrder),
    };
  }

  async close(): Promise<void> {
    await Promise.all([this.#pool.close(), this.#umls.close()]);
    cleanRun(this.#space.id);
  }
}

/** A guest and its lane's process are busy at the same time, often with emulation: half as many as cores. */
function guestLanes(): number {
  return Math.max(1, Math.floor(availableParallelism() / 2));
}
