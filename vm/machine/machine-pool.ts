/**
 * Guests that outlive a run: booting one costs seconds, plugging a disk in a fraction of one.
 *
 * One caller uses a guest at a time. One that failed in use is ended, never given to the next.
 */
import type { RunSpace } from '../../harness/state/run-space.js';
import { type GuestImages, guestImages } from '../image/guest-images.js';
import { chooseAccelerator } from './accelerator.js';
import type { GuestMachine } from './guest-machine.js';
import { Machine } from './machine.js';
import type { Accelerator } from './qemu-command.js';

/** What tells guests apart. */
export interface MachineKind {
  /** `cloud`, `generic`, or the path of a kernel. */
  kernel: string;
  /** Where the modules of a kernel given by its path are. */
  modules?: string | undefined;
  /** The container image that its workloads can run in; none by default. */
  container?: string | undefined;
  memoryMib: number;
  /** Default: what works here, the faster first. */
  accelerator?: Accelerator | undefined;
}

/** Where whoever needs guests of one kind gets them, with the scenario's files in them. */
export interface GuestSupply<M extends GuestMachine = GuestMachine> {
  take(): Promise<M>;
  /** @param inOrder nothing is mounted and no disk plugged in but shared files; else the guest is ended */
  giveBack(machine: M, inOrder: boolean): Promise<void>;
}

export class MachinePool {
  readonly #idle = new Map<string, Machine[]>();
  readonly #all = new Set<Machine>();
  readonly #images = new Map<string, Promise<GuestImages>>();

  constructor(
    private readonly space: RunSpace,
    private readonly options: {
      signal?: AbortSignal | undefined;
      onStep?: (step: string) => void;
    },
  ) {}

  /** Lets an action use a guest of the kind. */
  async use<T>(kind: MachineKind, action: (machine: Machine) => Promise<T>): Promise<T> {
    const machine = await this.take(kind);
    let inOrder = false;
    try {
      const result = await action(machine);
      inOrder = true;
      return result;
    } finally {
      await this.giveBack(kind, machine, inOrder);
    }
  }

  async take(kind: MachineKind): Promise<Machine> {
    const idle = this.#idle.get(keyOf(kind))?.pop();
    if (idle?.alive) return idle;
    const { signal, onStep } = this.options;
    const images = await this.#imagesOf(kind);
    const accelerator = kind.accelerator ?? (await chooseAccelerator(images));
    onStep?.(`booting ${images.kernelRelease} (${accelerator})`);
    const machine = await Machine.start({
      images,
      accelerator,
      space: this.space,
      memoryMib: kind.memoryMib,
      signal,
    });
    this.#all.add(machine);
    return machine;
  }

  /** @param inOrder nothing is mounted and no disk plugged in but shared files; else the guest is ended */
  async giveBack(kind: MachineKind, machine: Machine, inOrder: boolean): Promise<void> {
    if (inOrder && machine.alive) {
      const key = keyOf(kind);
      this.#idle.set(key, [...(this.#idle.get(key) ?? []), machine]);
      return;
    }
    await machine.pullPlug();
    this.#all.delete(machine);
  }

  /** A name stands for the same image in all guests: whoever recovers must have what was recorded in. */
  #imagesOf({ kernel, modules, container }: MachineKind): Promise<GuestImages> {
    const { signal, onStep } = this.options;
    const key = JSON.stringify([kernel, modules, container]);
    const known = this.#images.get(key);
    if (known) return known;
    const images = guestImages({
      kernel,
      modules,
      root: container,
      ...(signal ? { signal } : {}),
      ...(onStep ? { onStep } : {}),
    });
    this.#images.set(key, images);
    images.catch(() => this.#images.delete(key));
    return images;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#all].map((machine) => machine.pullPlug()));
  }
}

function keyOf({ kernel, modules, container, memoryMib, accelerator }: MachineKind): string {
  return JSON.stringify([kernel, modules, container, memoryMib, accelerator]);
}
