/**
 * What a directory of this machine lies on, as a storage that can be probed: read from the mount table, the superblock and
 * sysfs. Nothing of it is touched, and nothing is made up: what cannot be made alike is said.
 */
import { readFileSync, realpathSync, statSync } from 'node:fs';
import { deviceNumber } from '../../attach/device-number.js';
import { fileSystems } from '../../scenario/schema/storage.js';
import { UsageError } from '../../verdict/errors.js';
import { optionsOfDirectory } from './directory-flags.js';
import type { LayerLike } from './layer-like.js';
import { belowLayers, subvolumeOf } from './layers-above.js';
import { layersBelow, sayings } from './layers-below.js';
import { mkfsLike } from './mkfs-like.js';
import type { MountLine } from './mount-table.js';
import { tellingOptions } from './telling-options.js';

export interface Likeness {
  /** As in a configuration. */
  storage: { name: string; fs: string; mkfs: string[]; mount: string[]; layers?: LayerLike[] };
  /** In words, what is otherwise. */
  otherwise: string[];
  /** What the device says of itself. */
  said: string[];
}

/** File systems that are memory: there is nothing to ask. */
const forgetful = new Set(['tmpfs', 'ramfs', 'hugetlbfs']);

/** @throws UsageError where there is no such directory, or it lies on something that cannot be made on a disk of our own */
export function storageLike(directory: string): Likeness {
  let real: string;
  try {
    real = realpathSync(directory);
  } catch (error) {
    throw new UsageError(`--like ${directory}: ${(error as NodeJS.ErrnoException).code}`);
  }
  const table = readFileSync('/proc/self/mountinfo', 'utf8');
  const { mount, path, above } = belowLayers(real, table);
  const refused = refusal(mount);
  if (refused !== null) throw new UsageError(`--like ${directory}: it lies on ${refused}`);
  const { kept, left } = tellingOptions(mount);
  const passedOn = optionsOfDirectory(path).filter((one) => !kept.includes(one.mount));
  const { mkfs, otherwise } = mkfsLike(mount);
  const device = deviceOf(mount);
  const below = layersBelow(device, table);
  const layers = [...below.made, ...above];
  const subvolume = mount.fs === 'btrfs' ? subvolumeAt(path, mount) : null;
  return {
    storage: {
      ...{ name: `like ${directory}`, fs: mount.fs, mkfs },
      mount: [...kept, ...passedOn.map((one) => one.mount)],
      ...(layers.length > 0 ? { layers } : {}),
    },
    otherwise: [
      ...otherwise,
      ...passedOn.map(
        ({ letter, mount }) =>
          `chattr +${letter} of the directory: here ${mount} holds for all of the file system`,
      ),
      ...(subvolume === null ? [] : [`its subvolume${subvolume}: here it is the top level`]),
      ...(left.length > 0
        ? [`mount options that say nothing of durability, or are not known here: ${left.join(',')}`]
        : []),
      ...below.otherwise,
      'its size, its age and what else is on it',
    ],
    said: sayings(device),
  };
}

/** What it lies on, and why that cannot be probed; null: it can. */
function refusal({ fs, at }: MountLine): string | null {
  if ((fileSystems as readonly string[]).includes(fs)) return null;
  if (forgetful.has(fs)) return `${fs} (${at}), which is memory: a power cut leaves nothing of it`;
  return `${fs} (${at}); expected one of ${fileSystems.join(', ')}, layers above them are not built`;
}

/** What is said of the subvolume that a directory of btrfs lies in; null: it is the top level. */
function subvolumeAt(path: string, { at, options }: MountLine): string | null {
  // Each has a device number of its own.
  if (statSync(path).dev !== statSync(at).dev) return ` below ${at}`;
  const mounted = subvolumeOf(options);
  return mounted === '/' ? null : ` ${mounted}`;
}

/** The device below a mount, by its numbers: btrfs has others in the table, as one file system can lie on many. */
function deviceOf({ device, fs, source }: MountLine): string {
  if (fs !== 'btrfs') return device;
  const { major, minor } = deviceNumber(source);
  return `${major}:${minor}`;
}
