/**
 * A disk in a guest behind the kernel's dm-flakey target (Documentation/admin-guide/device-mapper/dm-flakey.rst).
 *
 * Passes everything on until the cut; from then on loses what is written: drops, fails or corrupts it. Assumes a guest without udev:
 * nodes are made by dmsetup itself.
 */
import type { FlakeyFeature } from '../../harness/scenario/schema/live.js';
import { KernelLacksError } from '../../harness/verdict/errors.js';
import type { AgentClient } from '../machine/agent-client.js';
import { dmsetup, dmsetupAtOnce } from '../place/dmsetup.js';
import { featureArguments, newerFeatures } from './flakey-features.js';

const name = 'plugpull-flakey';
const sectorBytes = 512;
/** The target changes by a clock of its own, in seconds; an interval of nothing means never. */
const alwaysUp = '180 0';
const alwaysDown = '0 180';

export class FlakeyDisk {
  readonly device = `/dev/mapper/${name}`;

  private constructor(
    private readonly agent: AgentClient,
    private readonly below: string,
    private readonly sectors: number,
    private readonly features: readonly FlakeyFeature[],
    /** As `dmsetup targets` has it: `v1.5.0`. */
    readonly targetVersion: string,
  ) {}

  /**
   * @param features what it does from the cut on
   * @throws KernelLacksError when the guest's kernel has no such target, or the target no such feature
   */
  static async open(
    agent: AgentClient,
    below: string,
    sizeBytes: number,
    features: readonly FlakeyFeature[],
  ): Promise<FlakeyDisk> {
    const lacking = await agent.call<string[]>('modules', { names: ['dm-mod', 'dm-flakey'] });
    const targets = await dmsetup(agent, 'targets');
    const version = /^flakey\s+(\S+)/m.exec(targets)?.[1];
    if (version === undefined) {
      throw new KernelLacksError(
        `storage.method: dm-flakey: the guest's kernel has no target flakey${lacking.length > 0 ? ` (no module ${lacking.join(', ')})` : ''}: use another one (vm.kernel)`,
      );
    }
    const disk = new FlakeyDisk(agent, below, Math.floor(sizeBytes / sectorBytes), features, version);
    await dmsetup(agent, 'create', name, '--noudevsync', '--table', disk.#upTable);
    await dmsetup(agent, 'mknodes');
    const newer = newerFeatures(features);
    if (newer.length > 0) await disk.#requireFeatures(newer);
    return disk;
  }

  /** What is written from here on is lost. Neither the file system nor what it has in flight is waited for. */
  cut(): Promise<void> {
    return this.#swap(this.#downTable);
  }

  /** Passes everything on again; nobody may have the disk mounted. */
  restore(): Promise<void> {
    return this.#swap(this.#upTable);
  }

  async close(): Promise<void> {
    await dmsetup(this.agent, 'remove', '--noudevsync', name);
  }

  /** The target's version did not change with its features: only a table that it takes tells. */
  async #requireFeatures(newer: readonly FlakeyFeature[]): Promise<void> {
    try {
      await dmsetup(this.agent, 'load', name, '--table', this.#downTable);
    } catch (error) {
      await this.close();
      throw new KernelLacksError(
        `live.flakey: the guest's kernel does not know dm-flakey's ${newer.join(', ')}: use Linux 6.5 or newer (vm.kernel, such as cloud@trixie): ${(error as Error).message}`,
      );
    }
    await dmsetup(this.agent, 'clear', name);
  }

  get #upTable(): string {
    return this.#table(alwaysUp);
  }

  get #downTable(): string {
    return `${this.#table(alwaysDown)} ${featureArguments(this.features)}`;
  }

  #table(intervals: string): string {
    return `0 ${this.sectors} flakey ${this.below} 0 ${intervals}`;
  }

  async #swap(table: string): Promise<void> {
    await dmsetupAtOnce(this.agent, [
      `suspend --noudevsync --nolockfs --noflush ${name}`,
      `load ${name} --table '${table}'`,
      `resume --noudevsync ${name}`,
    ]);
  }
}
