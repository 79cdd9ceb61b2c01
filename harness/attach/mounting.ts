/** Mounting file systems that lie on block devices of ours. */

import { closeSync, openSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FileSystem, Storage } from '../scenario/schema/storage.js';
import { hangsAfterMs } from './hang-limit.js';
import { mount, mountFlag, SystemCallError, unmount } from './libc.js';

const flagOptions: Record<string, number> = {
  ro: mountFlag.readOnly,
  noatime: mountFlag.noAtime,
  sync: 16,
  nosuid: 2,
  nodev: 4,
  noexec: 8,
  dirsync: 128,
  nodiratime: 2048,
  relatime: 1 << 21,
  strictatime: 1 << 24,
  lazytime: 1 << 25,
};

/** Splits mount options as mount(8) does: generic flags, and what only the file system understands. */
export function splitMountOptions(options: readonly string[]): { flags: number; data: string } {
  let flags = 0;
  const data: string[] = [];
  for (const option of options) {
    const flag = flagOptions[option];
    if (flag !== undefined) flags |= flag;
    else if (option !== 'rw' && option !== 'defaults' && option !== 'async') data.push(option);
  }
  return { flags, data: data.join(',') };
}

/** Mounts with the scenario's options. Throws SystemCallError: it may be the crash state that does not mount. */
export function mountStorage(device: string, at: string, storage: Pick<Storage, 'fs' | 'mount'>): void {
  const { flags, data } = splitMountOptions(storage.mount);
  mount(device, at, storage.fs, flags, data);
}

/**
 * Options for a crash state. Others of the same file system are mounted at the same time, by other lanes, so xfs must
 * not mind a UUID that it knows already.
 */
export function besideOthers({ fs }: Pick<Storage, 'fs'>): string[] {
  return fs === 'xfs' ? ['nouuid'] : [];
}

/**
 * How many crash states of a file system can be mounted side by side. Before Linux 6.7 (temporary fsids) btrfs
 * takes two copies of a file system for one.
 */
export function concurrentCrashStates(fs: FileSystem, kernelRelease: string): number {
  const [major = 0, minor = 0] = kernelRelease.split('.').map((part) => Number.parseInt(part, 10));
  const hasTemporaryFsid = major > 6 || (major === 6 && minor >= 7);
  return fs === 'btrfs' && !hasTemporaryFsid ? 1 : Number.POSITIVE_INFINITY;
}

/** O_EXCL: refused while a file system on the device is mounted anywhere (open(2)). */
const exclusively = 0o200;

/**
 * Waits until nobody has a block device's file system mounted, in whatever mount namespace.
 *
 * @throws Error when somebody still has after the time
 */
export function waitUntilFree(device: string, timeoutMs = hangsAfterMs): void {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    try {
      closeSync(openSync(device, exclusively));
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EBUSY') throw error;
      if (performance.now() > deadline)
        throw new Error(`${device} is still mounted somewhere: the container that was given it lives on`);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2);
    }
  }
}

/** Unmounts; a file system that is still busy is waited for, as background closers finish. */
export function unmountPatiently(at: string): Promise<void> {
  return whileBusy(() => unmount(at));
}

const pauseMs = 20;

/** Does what is refused while something is busy. Attempts are counted, not time: on a busy machine closers take longer, too. */
export async function whileBusy(act: () => void, patienceMs = 5000): Promise<void> {
  for (let left = patienceMs / pauseMs; ; left--) {
    try {
      act();
      return;
    } catch (error) {
      if (!(error instanceof SystemCallError) || error.code !== 'EBUSY' || left <= 0) throw error;
      await sleep(pauseMs);
    }
  }
}
