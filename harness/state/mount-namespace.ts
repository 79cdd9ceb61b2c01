import { closeSync, openSync, readlinkSync } from 'node:fs';
import { unmount } from '../attach/libc.js';
import { loopLabelOf } from '../attach/loop.js';
import { mounts } from './clean.js';
import { loopLabelPrefix } from './run-space.js';

/**
 * Drops what a new mount namespace copied of the mounts that runs made elsewhere. A copy would keep a recorded
 * file system alive, and its loop device busy, until this process ends.
 */
export function dropCopiedMounts(): void {
  // In the namespace we were started from these are no copies.
  if (readlinkSync('/proc/self/ns/mnt') === readlinkSync(`/proc/${process.ppid}/ns/mnt`)) return;
  for (const { at, source, type } of mounts().reverse()) {
    if (
      type === 'fuse.plugpull' ||
      type === 'fuse.nbdfuse' ||
      (source.startsWith('/dev/loop') && isOurLoop(source))
    )
      unmount(at, { detach: true });
  }
}

function isOurLoop(device: string): boolean {
  try {
    const fd = openSync(device, 'r');
    try {
      return loopLabelOf(fd)?.startsWith(loopLabelPrefix) ?? false;
    } finally {
      closeSync(fd);
    }
  } catch {
    return false;
  }
}
