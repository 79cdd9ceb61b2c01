/**
 * Where a guest's memory lies: in a file that User-mode Linux makes in TMPDIR, and unlinks before it uses it. So nothing
 * is left of it, however the guest ends.
 */
import { accessSync, constants, readFileSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';

/**
 * The first folder that can hold the memory: memory-backed where there is one that is large enough. Docker's /dev/shm
 * holds 64 MiB and is mounted noexec, and a guest's programs run from its memory.
 *
 * @param otherwise a folder of our own
 */
export function memoryFolder(memoryMib: number, otherwise: string): string {
  const candidates = ['/dev/shm', otherwise, tmpdir()];
  return candidates.find((folder) => canHold(folder, memoryMib * 2 ** 20)) ?? otherwise;
}

function canHold(folder: string, bytes: number): boolean {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize >= bytes && !mountOptions(folder).includes('noexec');
  } catch {
    return false;
  }
}

/** Of the mount that a folder lies on (proc(5), mounts): the longest that its path begins with, and the last of those. */
function mountOptions(folder: string): string[] {
  const lines = readFileSync('/proc/self/mounts', 'utf8').split('\n');
  let options: string[] = [];
  let longest = -1;
  for (const line of lines) {
    const [, at = '', , found = ''] = line.split(' ');
    const below = at === '/' ? '/' : `${at}/`;
    if (at.length < longest || !`${folder}/`.startsWith(below)) continue;
    longest = at.length;
    options = found.split(',');
  }
  return options;
}
