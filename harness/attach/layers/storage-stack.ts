/**
 * A storage with its layers, on one block device: made once, then raised on whatever a disk holds, as often as wanted.
 *
 *     device -> block layers -> file system -> directory layers -> what programs see
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Layer } from '../../scenario/schema/layers.js';
import type { Storage } from '../../scenario/schema/storage.js';
import type { Made } from '../attaching-run.js';
import { mount, unmount } from '../libc.js';
import { splitMountOptions, whileBusy } from '../mounting.js';
import { shutDown } from '../shut-down.js';
import { blockLayer } from './block-layers.js';
import { directoryLayer } from './directory-layers.js';
import type { LayerSeat, RaisedLayer, StorageLayer } from './layer.js';

/** A storage that is mounted. */
export interface RaisedStack {
  /** The device that the file system lies on. */
  device: string;
  /** Where the file system is mounted. */
  base: string;
  /** Where programs work. */
  root: string;
  /** Takes all of it away. @throws SystemCallError EBUSY where somebody still uses it; what is left can be lowered again */
  lower(): void;
  /** The same for one whose disk is thrown away: file systems stop where they are, and write nothing any more. */
  discard(): void;
  /** What is mounted, from the top down: who syncs one after the other has synced all of it. */
  mounts: readonly string[];
}

export class StorageStack {
  readonly #block: StorageLayer[];
  readonly #directory: StorageLayer[];

  /** What was noted already: the same mounts come again and again. */
  readonly #noted = new Set<string>();
  readonly #base: string;

  /** @param seat `at` is where programs work */
  constructor(
    private readonly storage: Pick<Storage, 'fs' | 'mount' | 'layers'>,
    private readonly seat: LayerSeat,
  ) {
    const made = (of: (layer: Layer) => StorageLayer | null): StorageLayer[] =>
      storage.layers.flatMap((layer) => of(layer) ?? []);
    this.#block = made(blockLayer);
    this.#directory = made(directoryLayer);
    this.#base = this.#directory.length === 0 ? seat.at : join(seat.folder, 'base');
    mkdirSync(this.#base, { recursive: true });
  }

  /**
   * Makes layers and file system on a fresh disk; afterwards nothing of it is in place.
   * @param makeFileSystem mkfs on a device
   * @throws LayerError, SystemCallError, and what makeFileSystem throws
   */
  make(device: string, makeFileSystem: (device: string) => void): void {
    const raised: RaisedLayer[] = [];
    try {
      let below = device;
      for (const [i, layer] of this.#block.entries()) {
        layer.make(below, this.#seatOf(i));
        below = this.#put(layer, below, i, raised);
      }
      makeFileSystem(below);
      if (this.#directory.length === 0) return;
      let root = this.#mount(below, 0, raised);
      for (const [i, layer] of this.#directory.entries()) {
        const nth = this.#block.length + i;
        layer.make(root, this.#seatOf(nth));
        // Nobody works in the uppermost yet: an overlay that is volatile notes that somebody did.
        if (i < this.#directory.length - 1) root = this.#put(layer, root, nth, raised);
      }
    } finally {
      lowerAll(raised);
    }
  }

  /** Lends the device that the file system lies on, which is not mounted. */
  withDevice<Result>(device: string, use: (device: string) => Result): Result {
    const raised: RaisedLayer[] = [];
    try {
      let below = device;
      for (const [i, layer] of this.#block.entries()) below = this.#put(layer, below, i, raised);
      return use(below);
    } finally {
      lowerAll(raised);
    }
  }

  /**
   * @param flags for the mount of the file system, beside its own (mount(2))
   * @param more options for it, beside its own
   * @throws SystemCallError where a layer or the file system does not come up; nothing is left in place then
   */
  raise(device: string, { flags = 0, more = [] as readonly string[] } = {}): RaisedStack {
    const raised: RaisedLayer[] = [];
    try {
      let below = device;
      for (const [i, layer] of this.#block.entries()) below = this.#put(layer, below, i, raised);
      const base = this.#mount(below, flags, raised, more);
      let root = base;
      for (const [i, layer] of this.#directory.entries())
        root = this.#put(layer, root, this.#block.length + i, raised);
      const mounts = raised.flatMap((layer) => layer.mounts).reverse();
      return {
        ...{ device: below, base, root, mounts },
        lower: () => lowerAll(raised),
        discard: () => {
          // What lies above it may need it to end.
          lowerAll(raised, this.#block.length + 1);
          for (const mounted of raised.flatMap((layer) => layer.mounts).reverse()) shutDown(mounted);
          lowerAll(raised);
        },
      };
    } catch (error) {
      lowerAll(raised);
      throw error;
    }
  }

  #put(layer: StorageLayer, below: string, nth: number, raised: RaisedLayer[]): string {
    const one = layer.raise(below, this.#seatOf(nth));
    raised.push(one);
    return one.path;
  }

  #mount(device: string, flags: number, raised: RaisedLayer[], more: readonly string[] = []): string {
    const { storage } = this;
    const at = this.#base;
    const { flags: own, data } = splitMountOptions([...storage.mount, ...more]);
    this.#note({ kind: 'mount', what: at });
    mount(device, at, storage.fs, own | flags, data);
    raised.push({ path: at, mounts: [at], lower: () => unmount(at) });
    return at;
  }

  #seatOf(nth: number): LayerSeat {
    const folder = join(this.seat.folder, `layer-${nth}`);
    mkdirSync(folder, { recursive: true });
    const isUppermost = nth === this.#block.length + this.#directory.length - 1;
    const at = isUppermost ? this.seat.at : join(folder, 'at');
    return { ...this.seat, folder, at, note: (made) => this.#note(made) };
  }

  #note(made: Made): void {
    const { kind, what } = made;
    const key = `${kind} ${what}`;
    if (this.#noted.has(key)) return;
    // A device that went comes again, and goes again.
    if (kind === 'loop gone') this.#noted.delete(`loop ${what}`);
    else this.#noted.add(key);
    this.seat.note(made);
  }
}

/** From the top down, until so many are left. One that cannot be taken away stays, with all below it. */
function lowerAll(raised: RaisedLayer[], left = 0): void {
  while (raised.length > left) {
    raised.at(-1)!.lower();
    raised.pop();
  }
}

/** Takes it away; what is still busy is waited for, as background closers finish. */
export function lowerPatiently(stack: Pick<RaisedStack, 'lower'>, patienceMs?: number): Promise<void> {
  return whileBusy(() => stack.lower(), patienceMs);
}
