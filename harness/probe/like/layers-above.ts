/** What shows a file system's directories to programs: overlays and bind mounts, and the mount below all of them. */
import { existsSync, realpathSync } from 'node:fs';
import type { LayerLike } from './layer-like.js';
import { type MountLine, mountOf } from './mount-table.js';

export interface BelowLayers {
  /** The mount whose file system has the bytes. */
  mount: MountLine;
  /** The directory on it. */
  path: string;
  /** What shows it, from the lowest up. */
  above: LayerLike[];
}

export function belowLayers(path: string, table: string): BelowLayers {
  const mount = mountOf(path, table)!;
  const bound: LayerLike[] = isBound(mount) ? ['bind'] : [];
  const upper = mount.options.find((option) => option.startsWith('upperdir='))?.slice('upperdir='.length);
  // In a container the upper directory is named as it is outside, and cannot be looked at.
  if (mount.fs !== 'overlay' || upper === undefined || !existsSync(upper))
    return { mount, path, above: bound };
  const lower = belowLayers(realpathSync(upper), table);
  const overlay = isVolatile(mount) ? 'overlay:volatile' : 'overlay';
  return { ...lower, above: [...lower.above, overlay, ...bound] };
}

/** A directory of it is mounted, not its root: with btrfs the root is the subvolume's. */
function isBound({ fs, root, options }: MountLine): boolean {
  return root !== (fs === 'btrfs' ? subvolumeOf(options) : '/');
}

/** As the mount option `subvol` has it. */
export function subvolumeOf(options: readonly string[]): string {
  return options.find((option) => option.startsWith('subvol='))?.slice('subvol='.length) ?? '/';
}

/** Newer kernels list it as one of the ways to sync. */
function isVolatile({ options }: MountLine): boolean {
  return options.some((option) => option === 'volatile' || option === 'fsync=volatile');
}
