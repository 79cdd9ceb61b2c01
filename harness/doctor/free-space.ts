import { statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import type { Capability } from './capability.js';

const wantedBytes = 1024 ** 3;

/** Images and overlays are sparse, but a long recording is not. */
export function probeFreeSpace(folder = tmpdir()): Capability {
  const about = {
    name: 'free space',
    neededFor: 'disk images and recordings',
    fix: `make room in ${folder}, or set TMPDIR to a folder with 1 GiB free`,
  };
  try {
    const { bavail, bsize } = statfsSync(folder);
    const freeBytes = bavail * bsize;
    return {
      ...about,
      ok: freeBytes >= wantedBytes,
      detail: `${(freeBytes / wantedBytes).toFixed(1)} GiB in ${folder}`,
    };
  } catch (error) {
    return { ...about, ok: false, detail: `${folder}: ${(error as Error).message}` };
  }
}
