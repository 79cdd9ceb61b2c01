/**
 * Puts a crash state in front of a person: image, loop device, mount.
 *
 * Nothing of the run is modified: what the file system's recovery and the person write goes to a copy in the run
 * space, which is removed with it. A mount outside the space is found again by its loop device's label.
 */

import type { Made } from '../attach/attaching-run.js';
import { lowerPatiently } from '../attach/layers/storage-stack.js';
import { ofNode, type RaisedStorages, Storages } from '../attach/layers/storages.js';
import { SystemCallError } from '../attach/libc.js';
import { attachLoops } from '../attach/loop.js';
import { besideOthers } from '../attach/mounting.js';
import { diskNames } from '../scenario/nodes.js';
import type { RunSpace } from '../state/run-space.js';
import { openTrace } from '../trace/trace.js';
import { PlugpullError } from '../verdict/errors.js';
import { exitCode } from '../verdict/exit-code.js';
import { cutAt, type SightedCut } from './command-sight.js';
import { writeCrashImage } from './crash-image-file.js';
import type { FoundState } from './kept-state.js';

export interface MountedState extends SightedCut {
  at: string;
  device: string;
  fs: string;
  /** Mount options, as after `mount -o`. */
  options: readonly string[];
  /** Unmounts it. False when somebody still uses it; it then vanishes with its last user. */
  unmount(): Promise<boolean>;
}

/** The state cannot be mounted; what the kernel said is in `code`. */
export class DoesNotMountError extends PlugpullError {
  constructor(
    readonly fs: string,
    readonly code: string,
  ) {
    super(`${fs} does not mount this crash state: ${code}`, exitCode.violation);
  }
}

/** Mounts a crash state at an empty folder. The space's own clean-up removes whatever is left of it. */
export async function mountState(
  state: Omit<FoundState, 'recoveredByUml'>,
  at: string,
  space: RunSpace,
): Promise<MountedState> {
  const trace = openTrace(state.traceFolder);
  try {
    const path = space.path('crash.img');
    const point = await writeCrashImage({ trace, point: state.point, lost: state.lost, path });
    // An ordinary file behind it: the page cache may serve it.
    const { scenario, storage: index, size_bytes: sizeBytes } = trace.manifest;
    const names = diskNames(scenario);
    const devices = attachLoops(path, space, { directIo: false, sizeBytes, count: names.length });
    const storage = scenario.storage[index]!;
    const { label, environment } = space;
    const note = (made: Made): void => space.note(made);
    const seat = { folder: space.newFolder('layers'), at, label, environment, note };
    let raised: RaisedStorages;
    try {
      raised = new Storages(storage, names, seat).raise(devices, { more: besideOthers(storage) });
    } catch (error) {
      if (error instanceof SystemCallError)
        throw new DoesNotMountError(`${storage.fs}${ofNode(error)}`, error.code);
      throw error;
    }
    return {
      at,
      device: devices.join(', '),
      fs: storage.fs,
      options: storage.mount,
      ...cutAt(trace, point),
      async unmount() {
        try {
          await lowerPatiently(raised, 2000);
          return true;
        } catch (error) {
          if (error instanceof SystemCallError && error.code === 'EBUSY') return false;
          // Somebody unmounted it before us.
          if (error instanceof SystemCallError && error.code === 'EINVAL') return true;
          throw error;
        }
      },
    };
  } finally {
    trace.close();
  }
}
