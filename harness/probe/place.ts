/** Where a probe's lanes work, and whose kernel is asked. */
import { release } from 'node:os';
import { fileURLToPath } from 'node:url';
import { concurrentCrashStates } from '../attach/mounting.js';
import type { FileSystem } from '../scenario/schema/storage.js';
import { withOwnMounts } from '../state/own-mounts.js';
import type { LaneGuest } from './lane/messages.js';

export interface ProbePlace {
  /** As results name it: `6.18.44`; `7.2.7 uml, crc32c replaced`. */
  kernel: string;
  /** As it is asked for: `host`, `uml@sid`. */
  kernelName: string;
  place: 'host' | 'vm';
  /** What starts a lane. */
  command: readonly [string, ...string[]];
  /** The guest of a lane; null on the host. */
  guest(nth: number): LaneGuest | null;
  /** Lanes that can work on such a file system side by side. */
  mostLanes(fs: FileSystem): number;
}

export function hostPlace(): ProbePlace {
  const program = fileURLToPath(new URL('./lane/host-lane-process.js', import.meta.url));
  return {
    kernel: release(),
    kernelName: 'host',
    place: 'host',
    get command() {
      return withOwnMounts(process.execPath, program);
    },
    guest: () => null,
    mostLanes: (fs) => concurrentCrashStates(fs, release()),
  };
}
