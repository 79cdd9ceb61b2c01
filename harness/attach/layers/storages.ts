/**
 * What programs of a run see: one storage, or for each node one, side by side in folders of its name.
 *
 * All are of one kind, each on a device of its own.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Storage } from '../../scenario/schema/storage.js';
import { SystemCallError } from '../libc.js';
import type { LayerSeat } from './layer.js';
import { type RaisedStack, StorageStack } from './storage-stack.js';

/** Storages that are mounted. */
export interface RaisedStorages {
  /** What is mounted, from the top down. */
  mounts: readonly string[];
  /** Where the file systems are mounted, in the order of their devices. */
  bases: readonly string[];
  /** As `RaisedStack.lower`. */
  lower(): void;
  /** As `RaisedStack.discard`. */
  discard(): void;
}

/** A node's file system does not mount. */
export class NodeRefused extends SystemCallError {
  constructor(
    readonly node: string,
    cause: SystemCallError,
  ) {
    super(cause.syscall, node, cause.errno);
  }
}

export class Storages {
  readonly #stacks: { node: string; stack: StorageStack }[];

  /** @param names of nodes; '' for a storage that is all there is */
  constructor(
    storage: Pick<Storage, 'fs' | 'mount' | 'layers'>,
    private readonly names: readonly string[],
    seat: LayerSeat,
  ) {
    this.#stacks = names.map((node) => ({
      node,
      stack: new StorageStack(storage, { ...seat, folder: join(seat.folder, node), at: join(seat.at, node) }),
    }));
  }

  /** As `StorageStack.make`, one after the other. */
  make(devices: readonly string[], makeFileSystem: (device: string) => void): void {
    for (const [nth, { stack }] of this.#stacks.entries()) stack.make(devices[nth]!, makeFileSystem);
  }

  /** As `StorageStack.withDevice`, for one after the other. */
  withDevices<Result>(devices: readonly string[], use: (device: string) => Result): Result[] {
    return this.#stacks.map(({ stack }, nth) => stack.withDevice(devices[nth]!, use));
  }

  /**
   * As `StorageStack.raise`, all of them.
   * @throws SystemCallError, of several a NodeRefused; nothing is left in place then
   */
  raise(devices: readonly string[], options: Parameters<StorageStack['raise']>[1] = {}): RaisedStorages {
    const raised: RaisedStack[] = [];
    const take = (away: (stack: RaisedStack) => void): void => {
      while (raised.length > 0) {
        away(raised.at(-1)!);
        raised.pop();
      }
    };
    const lower = (): void => take((stack) => stack.lower());
    for (const [nth, { node, stack }] of this.#stacks.entries()) {
      try {
        raised.push(stack.raise(devices[nth]!, options));
      } catch (error) {
        lower();
        if (node === '' || !(error instanceof SystemCallError)) throw error;
        throw new NodeRefused(node, error);
      }
    }
    return {
      mounts: raised.flatMap(({ mounts }) => mounts),
      bases: raised.map(({ base }) => base),
      lower,
      discard: () => take((stack) => stack.discard()),
    };
  }

  /** Folders that stand for the nodes, elsewhere. */
  foldersAt(root: string): string[] {
    return this.names.map((node) => {
      const folder = join(root, node);
      mkdirSync(folder, { recursive: true });
      return folder;
    });
  }
}

/** After the name of what does not mount: of which node. */
export function ofNode(error: SystemCallError): string {
  return error instanceof NodeRefused ? ` of ${error.node}` : '';
}
