import { readlinkSync } from 'node:fs';
import { unmount } from '../attach/libc.js';
import { mountsOfRuns } from './copied-mounts.js';

/**
 * Drops what a new mount namespace copied of the mounts that runs made elsewhere, its own run's included. A copy would keep
 * a recorded file system alive, and its loop device busy, until this process ends.
 */
export function dropCopiedMounts(): void {
  // In the namespace we were started from these are no copies.
  if (readlinkSync('/proc/self/ns/mnt') === readlinkSync(`/proc/${process.ppid}/ns/mnt`)) return;
  for (const at of mountsOfRuns(() => true)) {
    try {
      unmount(at, { detach: true });
    } catch {
      // Gone meanwhile, with the original.
    }
  }
}
