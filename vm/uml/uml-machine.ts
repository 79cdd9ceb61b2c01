/**
 * A User-mode Linux guest: the kernel as an ordinary process of ours.
 *
 * It cannot be given a disk while it runs, and starts in a fraction of a second: so it is started with the first disk,
 * and again with each further one. What was mounted then is gone; what the host shows it is shown again. Needs neither
 * root nor devices. Guarantees that a guest that panics, hangs or ends makes every call fail with what its console said
 * last, and that the process does not outlive the run: it carries the run's mark and dies with the process that started it.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { hangsAfterMs } from '../../harness/attach/hang-limit.js';
import type { DiskProtocol } from '../../harness/disk/recording/messages.js';
import type { ContainerFacts } from '../../harness/scenario/container.js';
import { type RunSpace, runMark } from '../../harness/state/run-space.js';
import { KernelLacksError, UnavailableError } from '../../harness/verdict/errors.js';
import { type UmlKernel, umlKernelLabel } from '../image/uml-kernel.js';
import { AgentClient } from '../machine/agent-client.js';
import { withConsole } from '../machine/console.js';
import type { GuestDisk } from '../machine/disks.js';
import { guestEnd } from '../machine/guest-end.js';
import { GuestLostError } from '../machine/guest-lost.js';
import type { GuestFacts, GuestMachine } from '../machine/guest-machine.js';
import { openContainer } from '../machine/open-container.js';
import { memoryFolder } from './memory-folder.js';
import { SerialChannel } from './serial-channel.js';
import { type UmlDisk, umlCommand } from './uml-command.js';
import type { UmlImages } from './uml-images.js';
import { umlRoot } from './uml-root.js';

export interface UmlMachineOptions {
  images: UmlImages;
  space: RunSpace;
  memoryMib?: number;
  /** Starts what RAID5 and RAID6 of btrfs need; takes 0.85 s. */
  raid6?: boolean;
  /** How long the guest may take until its agent answers. */
  bootLimitMs?: number;
  signal?: AbortSignal | undefined;
}

const defaultBootLimitMs = hangsAfterMs;
const channelFd = 3;

/** One start of the machine: its process, and the agent in it. */
interface Started {
  child: ChildProcess;
  agent: AgentClient;
}

export class UmlMachine implements GuestMachine {
  readonly folder: string;
  readonly consoleLog: string;
  readonly #disks = new Map<string, GuestDisk>();
  /** What of the host's its programs find at the same place. */
  readonly #shown = new Set<string>();
  #started: Started | null = null;
  #facts: GuestFacts | null = null;
  #container: ContainerFacts | null = null;

  /** A machine that is off. */
  constructor(private readonly options: UmlMachineOptions) {
    const { space } = options;
    this.folder = space.newFolder(`uml-${space.nextNumber()}`);
    this.consoleLog = join(this.folder, 'console.log');
  }

  get agent(): AgentClient {
    return this.#running.agent;
  }

  /** As of its last start. */
  get facts(): GuestFacts {
    if (!this.#facts) throw new Error('nothing is known of the machine: it starts with its first disk');
    return this.#facts;
  }

  get container(): ContainerFacts | null {
    return this.#container;
  }

  /** User-mode Linux runs on what it is built for. */
  get architecture(): string {
    return process.arch;
  }

  /** It has no other way to a disk of ours. */
  diskProtocol(): DiskProtocol {
    return 'vhost-user';
  }

  get alive(): boolean {
    return this.#started === null || (runs(this.#started.child) && !this.#started.agent.isGone);
  }

  async addDisk(disk: GuestDisk): Promise<string> {
    this.#disks.set(disk.serial, disk);
    try {
      await this.start();
    } catch (error) {
      this.#disks.delete(disk.serial);
      throw error;
    }
    return this.agent.call<string>('find_disk', { serial: disk.serial });
  }

  async removeDisk(serial: string): Promise<void> {
    // It stays in the guest until that is started again, which happens before it is given another one.
    this.#disks.delete(serial);
  }

  /** Shows files and folders of the host's at their own paths, from now on. */
  async showHostFiles(paths: readonly string[]): Promise<void> {
    // What links lead to as well: they lead there in the guest, too.
    for (const path of paths.flatMap((named) => [realPath(named), named])) {
      if (this.#shown.has(path)) continue;
      this.#shown.add(path);
      if (this.#started) await this.#show(path);
    }
  }

  /** Starts it, or starts it again; resolves when its agent answers. */
  async start(): Promise<void> {
    await this.pullPlug();
    const { images, bootLimitMs = defaultBootLimitMs, signal } = this.options;
    const giveUp = AbortSignal.any([AbortSignal.timeout(bootLimitMs), ...(signal ? [signal] : [])]);
    const child = this.#spawn();
    try {
      this.#started = await this.#meet(child, giveUp);
      // The container first: what is shown afterwards is shown in it, too.
      if (images.container) this.#container = await openContainer(this.agent, images.container);
      for (const path of this.#shown) await this.#show(path);
    } catch (error) {
      child.kill('SIGKILL');
      signal?.throwIfAborted();
      if (!giveUp.aborted) throw error;
      const what = `the guest's agent did not answer within ${bootLimitMs / 1000} s`;
      throw new GuestLostError(withConsole(what, this.consoleLog));
    }
  }

  async pullPlug(): Promise<void> {
    const started = this.#started;
    this.#started = null;
    if (!started) return;
    started.agent.close();
    if (runs(started.child)) {
      const exit = once(started.child, 'exit');
      started.child.kill('SIGKILL');
      await exit;
    }
    // Its management socket and its process's number.
    rmSync(this.#controlFolder, { recursive: true, force: true });
  }

  get #running(): Started {
    if (!this.#started) throw new Error('the machine is off: it starts with its first disk');
    return this.#started;
  }

  get #controlFolder(): string {
    return join(this.folder, 'control');
  }

  #spawn(): ChildProcess {
    const { images, space, memoryMib = 512, raid6 } = this.options;
    const { kernel } = images;
    mkdirSync(this.#controlFolder, { recursive: true });
    const { root, environment, words, disks } = umlRoot(images);
    const [program, ...args] = umlCommand({
      kernel,
      memoryMib,
      disks: [...disks, ...[...this.#disks.values()].map(asUmlDisk)],
      folder: this.#controlFolder,
      root,
      channelFd,
      environment: { ...environment, plugpull_port: '/dev/ttyS0' },
      words,
      ...(raid6 === undefined ? {} : { raid6 }),
    });
    space.note({ kind: 'process', what: kernel.program });
    const console = openSync(this.consoleLog, 'a');
    try {
      return spawn(program!, args, {
        cwd: kernel.folder,
        env: { PATH: process.env.PATH, ...space.environment, TMPDIR: memoryFolder(memoryMib, this.folder) },
        stdio: ['ignore', console, console, 'pipe'],
        // Ctrl-C is for the command, which then ends the guest in order.
        detached: true,
      });
    } finally {
      closeSync(console);
    }
  }

  async #meet(child: ChildProcess, giveUp: AbortSignal): Promise<Started> {
    const { kernel } = this.options.images;
    const lost = lossOf(child, this.consoleLog);
    const agent = new AgentClient(new SerialChannel(child.stdio[channelFd] as Socket), lost, (what) =>
      withConsole(what, this.consoleLog),
    );
    const ready = new Promise<void>((resolve) => {
      agent.onEvent = ({ event }) => event === 'ready' && resolve();
    });
    await Promise.race([ready, lost, once(giveUp, 'abort')]).catch((error: Error) => {
      throw error instanceof GuestLostError ? new KernelLacksError(neverCameUp(kernel, error)) : error;
    });
    giveUp.throwIfAborted();
    const facts = await agent.call<GuestFacts>('hello');
    if (this.options.images.root === 'host')
      await agent.call('use_environment', { environment: hostEnvironment() });
    this.#facts = { ...facts, kernel: umlKernelLabel(kernel) };
    return { child, agent };
  }

  #show(path: string): Promise<unknown> {
    return this.agent.call('show_host', { path, real: realPath(path) });
  }
}

/** Without links on the way; what is not there stays as it is named. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

function asUmlDisk({ serial, bus, source }: GuestDisk): UmlDisk {
  if (bus !== 'virtio') {
    throw new KernelLacksError(`storage.disk.bus: User-mode Linux has virtio disks only, found ${bus}`);
  }
  switch (source.kind) {
    case 'file':
      return { ...source, serial };
    case 'vhost-user':
      return source;
    default:
      throw new Error(`a ${source.kind} disk cannot be given to User-mode Linux`);
  }
}

/** What programs on the host find: where interpreters are, most of all. */
function hostEnvironment(): Record<string, string> {
  const own = Object.entries(process.env).filter(([name]) => name !== runMark);
  return Object.fromEntries(own.filter((pair): pair is [string, string] => pair[1] !== undefined));
}

/** It ended before there was anything of ours that could be at fault. */
function neverCameUp({ name, release }: UmlKernel, { message }: GuestLostError): string {
  const advice =
    Number.parseInt(release, 10) < 7 && /^flags\s.*\bamx_tile\b/m.test(readFileSync('/proc/cpuinfo', 'utf8'))
      ? 'before Linux 7 it cannot run programs on a processor with AMX, which this is: take --kernel uml'
      : 'take another kernel';
  return `--kernel ${name}: User-mode Linux ${release} does not come up here; ${advice}: ${message}`;
}

function runs({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode === null && signalCode === null;
}

function lossOf(child: ChildProcess, consoleLog: string): Promise<never> {
  const lost = new Promise<never>((_, reject) => {
    child.once('error', (error) => {
      reject(
        new UnavailableError(
          `User-mode Linux cannot be started: ${error.message}: apt-get install util-linux`,
        ),
      );
    });
    child.once('exit', (code, signal) => {
      reject(
        new GuestLostError(
          guestEnd(`the guest's kernel ended (${signal ?? code})`, consoleLog, 'ended').text,
        ),
      );
    });
  });
  lost.catch(() => {});
  return lost;
}
