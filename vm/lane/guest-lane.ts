/** The command's end of a lane in a guest: the guest boots while the workload is recorded. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FromLane, LaneSetup, ToLane } from '../../harness/explore/lane/messages.js';
import type { LaneClient } from '../../harness/explore/lane-client.js';
import { LaneProcessClient } from '../../harness/explore/lane-process-client.js';
import { oneJobEach } from '../../harness/state/process-supply.js';
import type { RunSpace } from '../../harness/state/run-space.js';
import { type Manifest, readManifest } from '../../harness/trace/manifest.js';
import { UsageError } from '../../harness/verdict/errors.js';
import { withConsole } from '../machine/console.js';
import { GuestLostError } from '../machine/guest-lost.js';
import type { Machine } from '../machine/machine.js';
import type { GuestSupply } from '../machine/machine-pool.js';

/** A trace of an interrupted run can be older than what its image's name stands for now. */
function requireSameContainer({ container, scenario }: Manifest, machine: Machine): void {
  if (!container || !scenario.checker || container.id === machine.container?.id) return;
  throw new UsageError(
    `--root ${container.name}: expected ${container.id}, which this trace was recorded in, found ${machine.container?.id ?? 'none'}: its checker would run in another image; start a new run`,
  );
}

export class GuestLane implements LaneClient {
  readonly kernel: Promise<string>;
  readonly #process: LaneProcessClient;
  readonly #machine: Promise<Machine>;
  #plugged = false;
  #closed: Promise<void> | null = null;

  constructor(
    readonly name: string,
    private readonly space: RunSpace,
    private readonly supply: GuestSupply<Machine>,
  ) {
    const path = fileURLToPath(new URL('./guest-lane-process.js', import.meta.url));
    this.#process = new LaneProcessClient(name, { path }, oneJobEach(space));
    this.start();
    this.#machine = supply.take();
    this.kernel = this.#machine.then(({ facts }) => `${facts.kernel} (a guest's)`);
    this.kernel.catch(() => {});
  }

  get folder(): string {
    return join(this.space.folder, this.name);
  }

  start(): void {
    this.#process.start();
  }

  async begin(
    { traceFolder, look }: Pick<LaneSetup, 'traceFolder' | 'look'>,
    onMessage: (message: FromLane) => void,
    onEnd: (reason: string | Error) => void,
  ): Promise<void> {
    const { name, space } = this;
    const machine = await this.#machine;
    requireSameContainer(readManifest(traceFolder), machine);
    const nbdSocket = join(space.newFolder(name), 'nbd.sock');
    machine.releaseAgent();
    const plug = async (): Promise<void> => {
      await machine.plug({ serial: name, bus: 'virtio', source: { kind: 'nbd', socketPath: nbdSocket } });
      this.#plugged = true;
    };
    const failed = (error: Error): void => onEnd(error);
    machine.lost.catch(failed);
    await this.#process.begin(
      {
        traceFolder,
        name,
        spaceFolder: space.folder,
        directIo: true,
        look,
        guest: { nbdSocket, agentSocket: machine.agentSocket, serial: name },
      },
      (message) => {
        if (message.type === 'serving') plug().catch(failed);
        else if (message.type === 'fault' && message.message.startsWith(GuestLostError.name)) {
          const [what = ''] = message.message.slice(GuestLostError.name.length + 2).split('\n');
          failed(new GuestLostError(withConsole(what, machine.consoleLog)));
        } else onMessage(message);
      },
      onEnd,
    );
  }

  send(task: ToLane): void {
    this.#process.send(task);
  }

  /** Who began with a lane and who started it both close it. */
  close(how?: { atOnce?: boolean }): Promise<void> {
    this.#closed ??= this.#close(how);
    return this.#closed;
  }

  async #close(how?: { atOnce?: boolean }): Promise<void> {
    await this.#process.close(how);
    let machine: Machine;
    try {
      machine = await this.#machine;
    } catch {
      // There never was one, and whoever began with it has heard so.
      return;
    }
    let inOrder = machine.alive;
    if (this.#plugged && inOrder) {
      try {
        await machine.reclaimAgent();
        await machine.removeDisk(this.name);
      } catch {
        inOrder = false;
      }
    }
    await this.supply.giveBack(machine, inOrder);
  }
}
