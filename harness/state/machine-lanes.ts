/**
 * The machine's lanes, shared by runs that know nothing of each other: as many as it has cores, each a file in the
 * state folder that its holder has locked with flock(2). The kernel lets go of a lock when its holder ends, however it
 * ends, so no lane is ever lost.
 */
import { closeSync, openSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { tryLock } from '../attach/libc.js';
import { makeFolder } from '../verdict/make-folder.js';
import { stateFolder } from './run-space.js';

export interface HeldLanes {
  /** At least one. */
  count: number;
  release(): void;
}

const pollMs = 50;

/** Waits until a lane is free, and takes as many as are, up to `most`. */
export async function holdLanes(
  most: number = availableParallelism(),
  signal?: AbortSignal,
  machineLanes: number = availableParallelism(),
): Promise<HeldLanes> {
  makeFolder(stateFolder(), 0o700);
  for (;;) {
    signal?.throwIfAborted();
    const held = takeFree(Math.min(most, machineLanes), machineLanes);
    if (held.length > 0) {
      return {
        count: held.length,
        release: () => {
          for (const descriptor of held.splice(0)) closeSync(descriptor);
        },
      };
    }
    await after(pollMs, undefined, signal ? { signal } : {});
  }
}

function takeFree(most: number, machineLanes: number): number[] {
  const held: number[] = [];
  for (let lane = 0; lane < machineLanes && held.length < most; lane++) {
    const descriptor = openSync(join(stateFolder(), `lane-${lane}.lock`), 'a', 0o600);
    if (tryLock(descriptor)) held.push(descriptor);
    else closeSync(descriptor);
  }
  return held;
}
