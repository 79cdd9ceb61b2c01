/**
 * The kernel's dm-log-writes target in a guest: a device over two disks, whose writes go to the one and are logged on
 * the other (drivers/md/dm-log-writes.c). Both disks are sparse files of the host's.
 *
 * - A mark's text must be one word (the message is split at spaces) and is cut off at the end of a sector, so callers
 *   name their marks by number.
 * - A write without FUA is logged when a flush sent after its completion has completed; what no flush ever followed is
 *   logged when the target is taken away, then comes the target's own mark `dm-log-writes-end`.
 * - When the log is full, or the kernel short of memory, it stops logging and only `dmsetup status` tells.
 */
import { rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Undo } from '../../harness/capture/undo.js';
import type { Bus } from '../../harness/scenario/schema/disk.js';
import type { RunSpace } from '../../harness/state/run-space.js';
import { copyImage } from '../../harness/trace/copy-image.js';
import { KernelLacksError } from '../../harness/verdict/errors.js';
import type { GuestMachine } from '../machine/guest-machine.js';
import { dmsetup } from './dmsetup.js';

export interface LogWritesOptions {
  machine: GuestMachine;
  space: RunSpace;
  /** Names files and devices. */
  name: string;
  sizeBytes: number;
  bus: Bus;
  /** How long a write takes, in milliseconds, by the kernel's dm-delay below the target; 0 without it. */
  writeDelayMs: number;
  logBytes: number;
}

export class LogWritesTarget {
  readonly #undo = new Undo();

  private constructor(
    private readonly machine: GuestMachine,
    private readonly target: string,
    private readonly sectors: number,
    /** Image of what the target's device holds, as long as it is plugged in. */
    private readonly dataImage: string,
    /** Grows as the target logs; whole when `takeAway` has returned. */
    readonly log: string,
    private readonly disks: { data: string; log: string },
  ) {}

  /** @throws KernelLacksError when the guest's kernel has no such target */
  static async make(options: LogWritesOptions): Promise<LogWritesTarget> {
    const { machine, space, name, sizeBytes, bus, writeDelayMs, logBytes } = options;
    const folder = space.newFolder(name);
    const files = { data: join(folder, 'data.img'), log: join(folder, 'log.img') };
    const disks = { data: `${name}-data`, log: `${name}-log` };
    const target = new LogWritesTarget(
      machine,
      `plugpull-${name}`,
      sizeBytes / 512,
      files.data,
      files.log,
      disks,
    );
    try {
      await target.#plug(disks.data, { path: files.data, sizeBytes, bus });
      await target.#plug(disks.log, { path: files.log, sizeBytes: logBytes, bus: 'virtio' });
      await target.#requireTargets(writeDelayMs);
      await target.#create(writeDelayMs);
    } catch (error) {
      await target.close().catch(() => {});
      throw error;
    }
    return target;
  }

  /** Its block device in the guest. */
  get device(): string {
    return `/dev/mapper/${this.target}`;
  }

  /** When this resolves, the mark stands behind everything that was flushed before, and before all that comes. */
  async mark(text: string): Promise<void> {
    await this.machine.agent.call('mapper_message', { device: this.target, text: `mark ${text}` });
  }

  /**
   * Puts the data disk itself in the target's place, under what is mounted: what comes then is not logged. The log is
   * whole then, or says why it is not.
   *
   * @param contentTo gets an image of what the device held at that moment
   * @returns why the kernel stopped logging; null when it did not
   */
  async takeAway(contentTo: string): Promise<string | null> {
    const { agent } = this.machine;
    let status: string;
    await dmsetup(agent, 'suspend', '--nolockfs', this.target);
    try {
      status = await dmsetup(agent, 'status', this.target);
      // Nothing is under way: the file holds just what was written.
      await copyImage(this.dataImage, contentTo);
      const data = await agent.call<string>('find_disk', { serial: this.disks.data });
      await dmsetup(agent, 'load', this.target, '--table', `0 ${this.sectors} linear ${data} 0`);
    } finally {
      await dmsetup(agent, 'resume', '--noudevsync', this.target);
    }
    return status.includes('logging_disabled') ? await this.#whyDisabled() : null;
  }

  /** Takes it down with its disks; nothing of it may be mounted any more. */
  close(): Promise<void> {
    return this.#undo.all();
  }

  async #plug(
    serial: string,
    { path, sizeBytes, bus }: { path: string; sizeBytes: number; bus: Bus },
  ): Promise<void> {
    writeFileSync(path, '');
    truncateSync(path, sizeBytes);
    this.#undo.add(() => rmSync(path, { force: true }));
    await this.machine.addDisk({ serial, bus, source: { kind: 'file', path, readOnly: false } });
    this.#undo.add(() => this.machine.removeDisk(serial));
  }

  async #requireTargets(writeDelayMs: number): Promise<void> {
    const names = ['dm-mod', 'dm-log-writes', ...(writeDelayMs > 0 ? ['dm-delay'] : [])];
    const lacking = await this.machine.agent.call<string[]>('modules', { names });
    if (lacking.length > 0) {
      throw new KernelLacksError(
        `storage.method: the guest's kernel has no ${lacking.join(' and no ')}: use another one (vm.kernel: cloud has them)`,
      );
    }
  }

  async #create(writeDelayMs: number): Promise<void> {
    const { agent } = this.machine;
    const data = await agent.call<string>('find_disk', { serial: this.disks.data });
    const log = await agent.call<string>('find_disk', { serial: this.disks.log });
    const below = writeDelayMs > 0 ? await this.#createDelay(data, writeDelayMs) : data;
    await this.#createDevice(this.target, `log-writes ${below} ${log}`);
  }

  /** Reads and flushes are not held up: a flush promises nothing for a write that is still under way. */
  #createDelay(data: string, delayMs: number): Promise<string> {
    return this.#createDevice(`${this.target}-delay`, `delay ${data} 0 0 ${data} 0 ${delayMs} ${data} 0 0`);
  }

  async #createDevice(name: string, target: string): Promise<string> {
    const { agent } = this.machine;
    await dmsetup(agent, 'create', '--noudevsync', name, '--table', `0 ${this.sectors} ${target}`);
    this.#undo.add(async () => {
      await dmsetup(agent, 'remove', '--noudevsync', name);
      await dmsetup(agent, 'mknodes');
    });
    await dmsetup(agent, 'mknodes');
    return `/dev/mapper/${name}`;
  }

  /** The kernel's own words, where it still has them. */
  async #whyDisabled(): Promise<string> {
    const { stdout } = await this.machine.agent.run(['dmesg']);
    const said = Buffer.from(stdout, 'base64')
      .toString()
      .split('\n')
      .findLast((line) => line.includes('device-mapper: log-writes: '));
    return said?.replace(/^.*device-mapper: log-writes: /, '') ?? 'logging_disabled in dmsetup status';
  }
}
