/**
 * A guest as a place to record in. Where our own disk is one of its disks, its workload's acks are stamped by our
 * recorder.
 *
 * An ack is exact: the guest's agent lets its giver go on only when the recorder has stamped it, and what the
 * workload had written and flushed before has long passed through the same recorder. Needs no root.
 */

import type {
  CommitPressure,
  Looked,
  OpenPlace,
  PlaceContext,
  RecordingPlace,
  WorkloadOptions,
} from '../../harness/capture/place.js';
import { Undo } from '../../harness/capture/undo.js';
import type { WorkloadEnd } from '../../harness/capture/workload.js';
import type { ContainerFacts } from '../../harness/scenario/container.js';
import type { Bus } from '../../harness/scenario/schema/disk.js';
import { showPlaces } from '../../harness/scenario/schema/layers.js';
import type { Extent } from '../../harness/trace/events.js';
import type { PayloadWriter } from '../../harness/trace/payload.js';
import type { GuestMachine } from '../machine/guest-machine.js';
import { makeGuestFileSystem, mountGuestStorage } from './guest-disk.js';
import { GuestPressure } from './guest-pressure.js';
import { GuestPrograms, type ProgramContext } from './guest-programs.js';
import { GuestView } from './guest-view.js';
import { LayeredStorage } from './layered-storage.js';

/** Where the file system under test is mounted in every guest, and the view of it. */
export const guestRoot = '/mnt/plugpull';
export const guestViewRoot = '/mnt/plugpull-view';

/**
 * @param machine a guest that nobody else uses meanwhile
 * @param bus the one that the disk is on
 * @param contained whether the scenario's programs run in the guest's container image
 */
export function guestPlace(
  machine: GuestMachine,
  { bus, contained }: { bus: Bus; contained: boolean },
): OpenPlace {
  const diskProtocol = machine.diskProtocol(bus);
  const open = async (context: PlaceContext): Promise<RecordingPlace> => {
    const { name, disks } = context;
    const device = await machine.addDisk({
      serial: name,
      bus,
      source: { kind: diskProtocol, socketPath: disks[0]!.socket },
    });
    const letGo = (): Promise<void> => machine.removeDisk(name);
    return new GuestPlace(machine, { ...context, contained }, { device, letGo });
  };
  return { diskProtocol, acksThroughFolder: false, open };
}

/** A block device in the guest for the file system under test. */
export interface GuestDevice {
  device: string;
  /** Takes it away; nothing on it is mounted any more. */
  letGo: () => Promise<void>;
}

export class GuestPlace implements RecordingPlace {
  readonly sharesClock = false;
  /** vm/guest/agent/main.py sets it. */
  readonly umask = 0o022;
  readonly user = { uid: 0, gid: 0 };
  readonly #undo = new Undo();
  readonly #programs: GuestPrograms;
  readonly #layered: LayeredStorage | null;
  #view: GuestView | null = null;
  #root = guestRoot;
  /** What is mounted, from the top down, and where the file system itself is. */
  #mounts: readonly string[] = [guestRoot];
  #base = guestRoot;

  constructor(
    private readonly guest: GuestMachine,
    private readonly context: ProgramContext & Pick<PlaceContext, 'storage'>,
    private readonly on: GuestDevice,
  ) {
    this.#undo.add(on.letGo);
    this.#programs = new GuestPrograms(guest, context, guestRoot);
    const { storage } = context;
    this.#layered =
      storage.layers.length === 0 ? null : new LayeredStorage(guest.agent, on.device, storage, guestRoot);
  }

  get root(): string {
    return this.#root;
  }

  get kernel(): string {
    return this.guest.facts.kernel;
  }

  get machine(): string {
    return this.guest.architecture;
  }

  get container(): ContainerFacts | null {
    return this.context.contained ? this.guest.container : null;
  }

  get ackSocket(): string {
    return this.guest.facts.ack_socket;
  }

  async makeFileSystem(): Promise<void> {
    const { agent } = this.guest;
    const { storage } = this.context;
    if (this.#layered) await this.#layered.make();
    else await makeGuestFileSystem(agent, this.on.device, storage);
  }

  async mountFileSystem(): Promise<void> {
    const { agent } = this.guest;
    const { storage } = this.context;
    if (this.#layered) {
      // They are not taken away again: a guest on the host's files ends with its recording.
      ({ base: this.#base, mounts: this.#mounts } = await this.#layered.raise());
      return;
    }
    await mountGuestStorage(agent, this.on.device, guestRoot, storage);
    this.#undo.add(() => agent.call('unmount', { at: guestRoot }));
    // strace writes down what the kernel calls it.
    if (this.context.contained) this.#root = await agent.call('path_in_container', { path: guestRoot });
  }

  runSetup(command: string, timeoutMs: number): Promise<WorkloadEnd> {
    return this.#programs.setup(command, timeoutMs);
  }

  runWorkload(command: string, options: WorkloadOptions): Promise<WorkloadEnd> {
    return this.#programs.workload(command, options);
  }

  async sync(): Promise<void> {
    for (const path of this.#mounts)
      await this.guest.agent.call('syncfs', { path }).catch((error: Error) => {
        // A disk with faults may refuse; a guest that is gone fails with the next call.
        if (!('code' in error)) throw error;
      });
  }

  async settle(): Promise<void> {
    if (this.#layered) await this.sync();
    await this.guest.agent.call('settle', { path: guestRoot, device: this.on.device });
  }

  async watch(payload: PayloadWriter): Promise<void> {
    const { agent } = this.guest;
    await agent.call('watch', { root: guestRoot, view: guestViewRoot });
    this.#undo.add(() => agent.call('unwatch'));
    this.#view = new GuestView(agent, payload, showPlaces(this.context.storage.layers));
  }

  look(): Promise<Looked> {
    return this.#view!.look();
  }

  allExtents(): Promise<Record<string, Extent[]>> {
    return this.#view!.allExtents();
  }

  async press(): Promise<CommitPressure> {
    const { agent } = this.guest;
    const pressure = new GuestPressure(agent);
    await agent.call('press', { root: this.#base, view: guestViewRoot, fs: this.context.storage.fs });
    this.#undo.add(() => pressure.close());
    return pressure;
  }

  async close(): Promise<void> {
    // Nothing to tidy up in a guest that is gone.
    if (this.guest.alive) await this.#undo.all();
  }
}
