/** User-mode Linux guests of a session. Each is used once: the next starts in the time that tidying one up would take. */
import type { RunSpace } from '../../harness/state/run-space.js';
import type { BuildOptions } from '../image/build-options.js';
import { type UmlImages, umlImages } from './uml-images.js';
import { UmlMachine } from './uml-machine.js';

/** What tells guests apart. */
export interface UmlKind {
  /** `uml`, `uml@sid`. */
  kernel: string;
  /** `host`, `debian`, or the name of a container image. */
  root: string;
  memoryMib: number;
  /** The checksum as Debian built it, not the processor's instruction. */
  keepCrc32c: boolean;
  /** What RAID5 and RAID6 of btrfs need is started; it takes 0.85 s. */
  raid6: boolean;
}

export class UmlGuests {
  readonly #images = new Map<string, Promise<UmlImages>>();
  readonly #machines = new Set<UmlMachine>();

  constructor(
    private readonly space: RunSpace,
    private readonly options: Pick<BuildOptions, 'signal' | 'onStep'>,
  ) {}

  /** A machine that is off: it starts with its first disk. */
  async take(kind: UmlKind): Promise<UmlMachine> {
    const { signal } = this.options;
    const images = await this.images(kind);
    const { memoryMib, raid6 } = kind;
    const machine = new UmlMachine({ images, space: this.space, memoryMib, raid6, signal });
    this.#machines.add(machine);
    return machine;
  }

  async giveBack(machine: UmlMachine): Promise<void> {
    this.#machines.delete(machine);
    await machine.pullPlug();
  }

  /** A name stands for the same images in all guests. */
  images({ kernel, root, keepCrc32c }: Omit<UmlKind, 'memoryMib' | 'raid6'>): Promise<UmlImages> {
    const key = JSON.stringify([kernel, root, keepCrc32c]);
    const known = this.#images.get(key);
    if (known) return known;
    const images = umlImages({ kernel, root, keepCrc32c, ...this.options });
    this.#images.set(key, images);
    images.catch(() => this.#images.delete(key));
    return images;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#machines].map((machine) => machine.pullPlug()));
  }
}
