import type { Storage } from '../scenario/schema.js';

/** A short name for a storage: the file system, and what is unlike the default. */
export function storageLabel({ fs, mkfs, mount, disk, method }: Storage): string {
  const parts: string[] = [fs];
  if (mkfs.length > 0) parts.push(mkfs.join(' '));
  if (mount.length > 0) parts.push(mount.join(','));
  if (disk.cache !== 'volatile') parts.push(`${disk.cache} cache`);
  if (disk.atomic_unit !== 512) parts.push(`${disk.atomic_unit} byte sectors`);
  if (!disk.fua) parts.push('no FUA');
  for (const { operation, n, error } of disk.faults) parts.push(`${error} on ${operation} ${n}`);
  if (disk.bus !== 'virtio') parts.push(disk.bus);
  if (disk.cut) parts.push('power cut');
  if (method !== 'disk') parts.push(method);
  return parts.join(', ');
}

/** A short name for a storage in its place: on the host, or in a guest with this kernel. */
export function placeLabel(storage: Storage, kernel: string | null): string {
  return kernel === null ? storageLabel(storage) : `${storageLabel(storage)}, vm ${kernel}`;
}

/** The same as a file name. */
export function placeSlug(storage: Storage, kernel: string | null): string {
  return placeLabel(storage, kernel)
    .replaceAll(/[^A-Za-z0-9=_.^-]+/g, '-')
    .slice(0, 80);
}
