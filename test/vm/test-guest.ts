import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RecordingJob } from '../../harness/capture/record.js';
import { parseScenario } from '../../harness/scenario/load.js';
import { cleanRun } from '../../harness/state/clean.js';
import { RunSpace } from '../../harness/state/run-space.js';
import type { GuestMachine } from '../../vm/machine/guest-machine.js';
import type { Machine } from '../../vm/machine/machine.js';
import { type MachineKind, MachinePool } from '../../vm/machine/machine-pool.js';
import { UmlGuests } from '../../vm/uml/uml-guests.js';
import type { UmlMachine } from '../../vm/uml/uml-machine.js';
import type { Bench } from '../e2e/plugpull.js';

const kind: MachineKind = { kernel: 'cloud', memoryMib: 512 };
const workloads = fileURLToPath(new URL('../../../workloads', import.meta.url));

/** One guest for a whole test file, in this process; its run's folder lies in the bench's. */
export class TestGuest<M extends GuestMachine = Machine> {
  private constructor(
    readonly machine: M,
    readonly space: RunSpace,
    private readonly pool: { close(): Promise<void> },
    private readonly bench: Bench,
  ) {}

  /** By QEMU. */
  static start(bench: Bench): Promise<TestGuest> {
    return TestGuest.#started(
      bench,
      (space) => new MachinePool(space, {}),
      (pool) => pool.take(kind),
    );
  }

  /** User-mode Linux on the host's files: for what is not about QEMU. */
  static startUml(bench: Bench): Promise<TestGuest<UmlMachine>> {
    const uml = { kernel: 'uml', root: 'host', memoryMib: 512, keepCrc32c: false, raid6: false };
    return TestGuest.#started(
      bench,
      (space) => new UmlGuests(space, {}),
      async (guests) => {
        const machine = await guests.take(uml);
        await machine.start();
        return machine;
      },
    );
  }

  static async #started<M extends GuestMachine, P extends { close(): Promise<void> }>(
    bench: Bench,
    poolOf: (space: RunSpace) => P,
    take: (pool: P) => Promise<M>,
  ): Promise<TestGuest<M>> {
    // Where the run's folder is made is the process's environment's word.
    process.env.PLUGPULL_STATE_DIR = bench.stateFolder;
    const space = RunSpace.create();
    const pool = poolOf(space);
    try {
      return new TestGuest(await take(pool), space, pool, bench);
    } catch (error) {
      await pool.close();
      cleanRun(space.id);
      throw error;
    }
  }

  /** A shell command in the guest; what it printed. */
  async sh(command: string): Promise<string> {
    const end = await this.machine.agent.run(['/bin/sh', '-c', command]);
    const text = (part: string): string => Buffer.from(part, 'base64').toString().trim();
    if (end.exit_code !== 0) throw new Error(`${command}: ${end.exit_code}: ${text(end.stderr)}`);
    return text(end.stdout);
  }

  /** A recording of a scenario given as YAML, without the keys that every one needs. */
  job(name: string, yaml: string): RecordingJob {
    return {
      loaded: parseScenario(`name: ${name}\nplace: vm\n${yaml}`, join(this.bench.folder, `${name}.yaml`)),
      storageIndex: 0,
      recording: 0,
      traceFolder: join(this.bench.folder, name),
      space: this.space,
      workloads,
    };
  }

  async close(): Promise<void> {
    await this.pool.close();
    cleanRun(this.space.id);
  }
}
