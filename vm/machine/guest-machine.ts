import type { DiskProtocol } from '../../harness/disk/recording/messages.js';
import type { ContainerFacts } from '../../harness/scenario/container.js';
import type { Bus } from '../../harness/scenario/schema/disk.js';
import type { AgentClient } from './agent-client.js';
import type { GuestDisk } from './disks.js';

/** What is known of a guest. */
export interface GuestFacts {
  /** Its kernel's release, and what was changed in it. */
  kernel: string;
  /** As uname(1) names its processor. */
  machine: string;
  ack_socket: string;
}

/** A guest, whatever runs it: what recording in one and losing its power ask of it. */
export interface GuestMachine {
  /** For what belongs to it; goes with the run. */
  readonly folder: string;
  readonly consoleLog: string;
  readonly facts: GuestFacts;
  /** How it takes a disk of ours, on that bus. */
  diskProtocol(bus: Bus): DiskProtocol;
  /** The image that its workloads can run in; null without one. */
  readonly container: ContainerFacts | null;
  /** As Node names it: `x64`. */
  readonly architecture: string;
  /** Its agent. Another one after a disk was added, where that takes a start. */
  readonly agent: AgentClient;
  /** It can still be asked for something: it runs, and answers. */
  readonly alive: boolean;
  /**
   * Gives it a disk; resolves with its device in the guest. Nothing may be mounted but shared files: a machine that
   * cannot be given a disk while it runs is started again.
   */
  addDisk(disk: GuestDisk): Promise<string>;
  /** Shows files and folders of the host's at their own paths; absent where they have to be brought on a disk. */
  showHostFiles?(paths: readonly string[]): Promise<void>;
  /** Takes a disk away that nobody in the guest uses any more. */
  removeDisk(serial: string): Promise<void>;
  /** Ends it at once, as when the plug is pulled. */
  pullPlug(): Promise<void>;
}
