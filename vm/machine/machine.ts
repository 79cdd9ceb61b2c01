/**
 * One virtual machine: QEMU's process, its protocol socket, and the agent in the guest.
 *
 * Assumes nothing of the host but QEMU; needs no root. Guarantees that a guest that panics, hangs at boot or ends
 * makes every wait fail with what its console said last, and that the process does not outlive the run: it carries
 * the run's mark and dies with the process that started it.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { hangsAfterMs } from '../../harness/attach/hang-limit.js';
import type { DiskProtocol } from '../../harness/disk/recording/messages.js';
import type { ContainerFacts } from '../../harness/scenario/container.js';
import type { Bus } from '../../harness/scenario/schema/disk.js';
import type { RunSpace } from '../../harness/state/run-space.js';
import { UnavailableError } from '../../harness/verdict/errors.js';
import type { ContainerImage } from '../image/container-image.js';
import type { GuestImages } from '../image/guest-images.js';
import { AgentClient } from './agent-client.js';
import { withConsole } from './console.js';
import { backing, busModules, device, type GuestDisk, letGo } from './disks.js';
import { GuestLostError } from './guest-lost.js';
import type { GuestFacts, GuestMachine } from './guest-machine.js';
import { containerSerial, openContainer } from './open-container.js';
import { type Accelerator, qemuCommand, qemuProgram } from './qemu-command.js';
import { connectPatiently, Qmp, QmpError } from './qmp.js';

export interface MachineOptions {
  images: GuestImages;
  accelerator: Accelerator;
  space: RunSpace;
  /** Default 512. */
  memoryMib?: number;
  cpus?: number;
  /** How long the guest may take until its agent answers. */
  bootLimitMs?: number;
  signal?: AbortSignal | undefined;
}

const defaultBootLimitMs = hangsAfterMs;
/** A QEMU that does not answer, or a guest that does not let go of a disk, is no use any more. */
const qemuLimitMs = 30_000;

export class Machine implements GuestMachine {
  readonly #disks = new Map<string, GuestDisk>();
  #container: ContainerFacts | null = null;

  private constructor(
    readonly folder: string,
    readonly consoleLog: string,
    /** Another process can take over the agent when this one has hung up. */
    readonly agentSocket: string,
    readonly facts: GuestFacts,
    private agentClient: AgentClient,
    private readonly process: ChildProcess,
    private readonly qmp: Qmp,
    /** Rejects when the guest is gone, with what its console said last. */
    readonly lost: Promise<never>,
  ) {}

  /** Boots a guest; resolves when its agent answers. */
  static async start(options: MachineOptions): Promise<Machine> {
    const {
      space,
      images,
      accelerator,
      memoryMib = 512,
      cpus = 1,
      bootLimitMs = defaultBootLimitMs,
    } = options;
    const folder = space.newFolder(`vm-${space.nextNumber()}`);
    const paths = {
      qmpSocket: `${folder}/qmp.sock`,
      agentSocket: `${folder}/agent.sock`,
      consoleLog: `${folder}/console.log`,
    };
    space.note({ kind: 'process', what: qemuProgram });
    const [program, ...words] = qemuCommand({ images, accelerator, memoryMib, cpus, paths });
    const child = spawn(program!, words, {
      env: { ...process.env, ...space.environment },
      stdio: ['ignore', 'ignore', 'pipe'],
      // Ctrl-C is for the command, which then ends the guest in order.
      detached: true,
    });
    const lost = lossOf(child, paths.consoleLog);
    const giveUp = AbortSignal.any([
      AbortSignal.timeout(bootLimitMs),
      ...(options.signal ? [options.signal] : []),
    ]);
    try {
      const booted = Machine.#meet(folder, paths, child, lost, giveUp).catch(async (error: unknown) => {
        // A QEMU that ends hangs up first; why it did is known when it is gone.
        if (error instanceof QmpError) await Promise.race([lost, delay(hangUpMs, undefined, { ref: false })]);
        throw error;
      });
      booted.catch(() => {});
      const machine = await Promise.race([booted, lost]);
      if (images.container) await machine.#open(images.container);
      return machine;
    } catch (error) {
      kill(child);
      options.signal?.throwIfAborted();
      if (!giveUp.aborted) throw error;
      const what = `the guest's agent did not answer within ${bootLimitMs / 1000} s`;
      throw new GuestLostError(withConsole(what, paths.consoleLog));
    }
  }

  static async #meet(
    folder: string,
    paths: { qmpSocket: string; agentSocket: string; consoleLog: string },
    child: ChildProcess,
    lost: Promise<never>,
    giveUp: AbortSignal,
  ): Promise<Machine> {
    const qmp = await Qmp.connect(paths.qmpSocket, giveUp);
    const agent = new AgentClient(await connectPatiently(paths.agentSocket, giveUp), lost, (what) =>
      withConsole(what, paths.consoleLog),
    );
    const facts = await helloPatiently(agent, giveUp);
    return new Machine(folder, paths.consoleLog, paths.agentSocket, facts, agent, child, qmp, lost);
  }

  async #open(container: ContainerImage): Promise<void> {
    const source = { kind: 'file' as const, path: container.image, readOnly: true };
    await this.addDisk({ serial: containerSerial, bus: 'virtio', source });
    this.#container = await openContainer(this.agent, container);
  }

  /** The image that its workloads can run in; null without one. */
  get container(): ContainerFacts | null {
    return this.#container;
  }

  /** As Node names it: `x64`. */
  get architecture(): string {
    return this.facts.machine === 'x86_64' ? 'x64' : this.facts.machine;
  }

  get agent(): AgentClient {
    return this.agentClient;
  }

  /** Hangs up, so that another process can call the agent. */
  releaseAgent(): void {
    this.agentClient.close();
  }

  async reclaimAgent(): Promise<void> {
    const giveUp = AbortSignal.timeout(defaultBootLimitMs);
    this.agentClient = new AgentClient(await connectPatiently(this.agentSocket, giveUp), this.lost, (what) =>
      withConsole(what, this.consoleLog),
    );
    await helloPatiently(this.agentClient, giveUp);
  }

  /** Controllers other than virtio's are QEMU's own, and it asks for what they want over NBD. */
  diskProtocol(bus: Bus): DiskProtocol {
    return bus === 'virtio' ? 'vhost-user' : 'nbd';
  }

  /** Plugs a disk in; resolves with its device in the guest. */
  async addDisk(disk: GuestDisk): Promise<string> {
    // Those that a kernel has built in it lacks as modules: whether the disk appears is the question.
    await this.agent.call('modules', { names: busModules[disk.bus] });
    await this.plug(disk);
    return this.agent.call<string>('find_disk', { serial: disk.serial });
  }

  /** Plugs a disk in whose guest device another process will ask the agent for. */
  async plug(disk: GuestDisk): Promise<void> {
    await this.#execute(...backing(disk));
    await this.#execute('device_add', device(disk));
    this.#disks.set(disk.serial, disk);
  }

  /** Unplugs a disk that nobody in the guest uses any more. */
  async removeDisk(serial: string): Promise<void> {
    const gone = this.qmp.nextEvent((event, data) => event === 'DEVICE_DELETED' && data.device === serial);
    await this.#execute('device_del', { id: serial });
    await this.#inTime(gone, `the guest does not let go of disk ${serial}`);
    await this.#execute(...letGo(this.#disks.get(serial)!));
    this.#disks.delete(serial);
  }

  has(serial: string): boolean {
    return this.#disks.has(serial);
  }

  /** It can still be asked for something: it runs, and answers. */
  get alive(): boolean {
    return this.#runs && !this.agent.isGone;
  }

  get #runs(): boolean {
    return this.process.exitCode === null && this.process.signalCode === null;
  }

  /** Ends QEMU at once, as when the plug is pulled. */
  async pullPlug(): Promise<void> {
    this.agent.close();
    this.qmp.close();
    if (!this.#runs) return;
    const exit = once(this.process, 'exit');
    kill(this.process);
    await exit;
  }

  #execute(command: string, args: Record<string, unknown>): Promise<unknown> {
    return this.#inTime(this.qmp.execute(command, args), `QEMU does not answer ${command}`);
  }

  async #inTime<T>(awaited: Promise<T>, otherwise: string): Promise<T> {
    const settled = new AbortController();
    const late = delay(qemuLimitMs, undefined, { ref: false, signal: settled.signal }).then(() => {
      throw new GuestLostError(withConsole(otherwise, this.consoleLog));
    });
    try {
      return await Promise.race([awaited, late, this.lost]);
    } finally {
      // Else each call leaves a timer behind, which reads the console for nobody.
      settled.abort();
    }
  }
}

/**
 * The agent's port takes connections before the agent is there, and QEMU keeps what is said meanwhile. Said again all
 * the same, now and then: who hung up in the middle of a line leaves its rest before ours.
 */
async function helloPatiently(agent: AgentClient, giveUp: AbortSignal): Promise<GuestFacts> {
  for (;;) {
    giveUp.throwIfAborted();
    try {
      return await agent.call<GuestFacts>('hello', {}, { timeoutMs: 3000, canBeMissed: true });
    } catch (error) {
      if (giveUp.aborted) throw error;
    }
  }
}

/** From QEMU's hanging up to its end. */
const hangUpMs = 2000;

function kill(child: ChildProcess): void {
  child.kill('SIGKILL');
}

function lossOf(child: ChildProcess, consoleLog: string): Promise<never> {
  let said = '';
  child.stderr!.on('data', (data: Buffer) => {
    said = (said + data.toString()).slice(-4000);
  });
  const lost = new Promise<never>((_, reject) => {
    child.once('error', (error) => {
      reject(
        new UnavailableError(
          `${qemuProgram} cannot be started: ${error.message}: apt-get install qemu-system-x86`,
        ),
      );
    });
    child.once('exit', (code, signal) => {
      const what = `the guest's QEMU ended (${signal ?? code})${said ? `: ${said.trim()}` : ''}`;
      reject(new GuestLostError(withConsole(what, consoleLog)));
    });
  });
  lost.catch(() => {});
  return lost;
}
