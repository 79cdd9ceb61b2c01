/**
 * Guests as places of runs. A session's runs share them: the second scenario on a kernel finds it booted.
 */
import { copyFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { leftOut } from '../../vm/image/payload-image.js';
import { GuestLane } from '../../vm/lane/guest-lane.js';
import { runRounds } from '../../vm/live/run-rounds.js';
import type { Machine } from '../../vm/machine/machine.js';
import { type GuestSupply, type MachineKind, MachinePool } from '../../vm/machine/machine-pool.js';
import { isWithin } from '../../vm/place/folder-size.js';
import { guestPlace } from '../../vm/place/guest-place.js';
import { logWritesRecorder } from '../../vm/place/log-writes-recorder.js';
import { shareFiles } from '../../vm/place/shared-files.js';
import { diskRecorder } from '../capture/disk-recorder.js';
import { type RecordingJob, record } from '../capture/record.js';
import type { OpenRecorder } from '../capture/recorder.js';
import { hostRunNeed, missingFor } from '../doctor/need.js';
import { startLanes } from '../explore/lane-client.js';
import { containerOf } from '../scenario/container.js';
import { scenarioFolder } from '../scenario/load.js';
import type { FileSystem, Guest, Scenario } from '../scenario/schema.js';
import { cleanRun } from '../state/clean.js';
import { RunSpace } from '../state/run-space.js';
import { UsageError } from '../verdict/errors.js';
import { recoveryOf } from './containers.js';
import type { RunPlace } from './run-place.js';

export interface GuestOptions {
  lanes?: number | undefined;
  signal?: AbortSignal | undefined;
  onStep?: (step: string) => void;
}

export class GuestPlaces {
  readonly #space = RunSpace.create();
  readonly #pool: MachinePool;

  /** Scenarios' folders that are small enough to be packed. */
  readonly #measured = new Set<string>();

  constructor(private readonly options: GuestOptions) {
    this.#pool = new MachinePool(this.#space, options);
  }

  /** The guest with one of a scenario's kernels. */
  place(scenario: Scenario, kernel: string): RunPlace {
    const { vm } = scenario;
    const recover = recoveryOf(scenario);
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
        const files = this.#filesOf(job);
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
        if (recoversOnHost(recover, storage.fs)) return startLanes({ space, fs: storage.fs, lanes });
        const guests = this.#supply(kind, { loaded, workloads });
        return Array.from(
          { length: lanes ?? guestLanes() },
          () => new GuestLane(`lane-${space.nextNumber()}`, space, guests),
        );
      },
      runLive: (job) => runRounds({ ...job, guests: this.#supply(kind, job) }),
    };
  }

  /** Guests with the files that a scenario's programs may refer to. */
  #supply(kind: MachineKind, scenario: Pick<RecordingJob, 'loaded' | 'workloads'>): GuestSupply<Machine> {
    const paths = this.#filesOf(scenario);
    return {
      take: async () => {
        const machine = await this.#pool.take(kind);
        await shareFiles(machine, paths, { signal: this.options.signal });
        return machine;
      },
      giveBack: (machine, inOrder) => this.#pool.giveBack(kind, machine, inOrder),
    };
  }

  /** What the scenario's programs may refer to. */
  #filesOf({ loaded, workloads }: Pick<RecordingJob, 'loaded' | 'workloads'>): string[] {
    const folder = scenarioFolder(loaded);
    if (folder !== null && !this.#measured.has(folder)) {
      if (!isWithin(folder, scenarioFolderLimits, leftOut)) {
        throw new UsageError(
          `${loaded.file}: a guest gets the folder the scenario lies in, ${folder}, which holds more than 512 MiB or 20000 files: put the scenario in a folder with just what its commands use; programs that lie elsewhere can be named in vm.files`,
        );
      }
      this.#measured.add(folder);
    }
    const { files } = loaded.scenario.vm;
    return [
      workloads,
      ...(folder === null ? [] : [folder]),
      ...files.map((path) => resolve(folder ?? '.', path)),
    ];
  }

  async close(): Promise<void> {
    await this.#pool.close();
    cleanRun(this.#space.id);
  }
}

/** Who records, by the storage's method. */
function recorderIn(machine: Machine, { loaded, storageIndex }: RecordingJob): OpenRecorder {
  const { scenario } = loaded;
  return scenario.storage[storageIndex]!.method === 'dm-log-writes'
    ? logWritesRecorder(machine)
    : diskRecorder(guestPlace(machine, { contained: containerOf(scenario) !== null }));
}

/** A guest and its lane's process are busy at the same time, often with emulation: half as many as cores. */
function guestLanes(): number {
  return Math.max(1, Math.floor(availableParallelism() / 2));
}

/** The host's kernel recovers faster; it takes root, and the file system. */
function recoversOnHost(wish: Guest['recover'], fs: FileSystem): boolean {
  if (wish !== 'auto') return wish === 'host';
  return missingFor(hostRunNeed([fs])).length === 0;
}

/** Packing a scenario's folder must not take longer than the run. */
const scenarioFolderLimits = { entries: 20_000, bytes: 512 * 2 ** 20 };
