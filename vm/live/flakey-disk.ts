/**
 * A disk in a guest behind the kernel's dm-flakey target (Documentation/admin-guide/device-mapper/dm-flakey.rst).
 *
 * Passes everything on until the cut; from then on drops what is written, or fails it. Assumes a guest without udev:
 * nodes are made by dmsetup itself.
 */
import { UnavailableError } from '../../harness/verdict/errors.js';
import type { AgentClient } from '../machine/agent-client.js';
import { dmsetup, dmsetupAtOnce } from '../place/dmsetup.js';

export type FlakeyFeature = 'drop_writes' | 'error_writes';

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
    /** As `dmsetup targets` has it: `v1.5.0`. */
    readonly targetVersion: string,
  ) {}

  /** @throws UnavailableError when the guest's kernel has no such target */
  static async open(agent: AgentClient, below: string, sizeBytes: number): Promise<FlakeyDisk> {
    const lacking = await agent.call<string[]>('modules', { names: ['dm-mod', 'dm-flakey'] });
    const targets = await dmsetup(agent, 'targets');
    const version = /^flakey\s+(\S+)/m.exec(targets)?.[1];
    if (version === undefined) {
      throw new UnavailableError(
        `storage.method: dm-flakey: the guest's kernel has no target flakey${lacking.length > 0 ? ` (no module ${lacking.join(', ')})` : ''}: use another one (vm.kernel)`,
      );
    }
    const disk = new FlakeyDisk(agent, below, Math.floor(sizeBytes / sectorBytes), version);
    await dmsetup(agent, 'create', name, '--noudevsync', '--table', disk.#table(alwaysUp));
    await dmsetup(agent, 'mknodes');
    return disk;
  }

  /** What is written from here on is lost. Neither the file system nor what it has in flight is waited for. */
  cut(feature: FlakeyFeature): Promise<void> {
    return this.#swap(`${this.#table(alwaysDown)} 1 ${feature}`);
  }

  /** Passes everything on again; nobody may have the disk mounted. */
  restore(): Promise<void> {
    return this.#swap(this.#table(alwaysUp));
  }

  async close(): Promise<void> {
    await dmsetup(this.agent, 'remove', '--noudevsync', name);
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
