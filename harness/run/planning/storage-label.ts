import { anyStorage } from '../../contract/any-storage.js';
import { storagesWithOwnErrors } from '../../contract/tracing/injected-errors.js';
import { containerOf } from '../../scenario/container.js';
import { faultLabel } from '../../scenario/schema/disk.js';
import { layerLabel } from '../../scenario/schema/layers.js';
import type { Scenario } from '../../scenario/schema/scenario.js';
import type { Storage } from '../../scenario/schema/storage.js';

/** A short name for a storage: the file system, and what is unlike the default. */
export function storageLabel({ fs, mkfs, mount, layers, disk, method }: Storage): string {
  const parts: string[] = [fs];
  if (mkfs.length > 0) parts.push(mkfs.join(' '));
  if (mount.length > 0) parts.push(mount.join(','));
  parts.push(...layers.map(layerLabel));
  if (disk.cache !== 'volatile') parts.push(`${disk.cache} cache`);
  if (disk.atomic_unit !== 4096) parts.push(`${disk.atomic_unit} byte sectors`);
  if (!disk.fua) parts.push('no FUA');
  parts.push(...disk.faults.map(faultLabel));
  if (disk.bus !== 'virtio') parts.push(disk.bus);
  if (disk.cut) parts.push('power cut');
  if (method !== 'disk') parts.push(method);
  return parts.join(', ');
}

/** A short name for a scenario's storage in its place: on the host, or in a guest with this kernel and container image. */
export function placeLabel(scenario: Scenario, storageIndex: number, kernel: string | null): string {
  const label = storageLabel(scenario.storage[storageIndex]!);
  if (kernel === null) return label;
  const container = containerOf(scenario);
  return `${label}, vm ${kernel}${container === null ? '' : `, ${container}`}`;
}

/** What a run without a disk has for a storage: any, told apart by faults where the scenario lists several sets. */
export function anyStorageLabel(scenario: Scenario, storageIndex: number): string {
  if (storagesWithOwnErrors(scenario).length === 1) return anyStorage;
  return [anyStorage, ...scenario.storage[storageIndex]!.disk.faults.map(faultLabel)].join(', ');
}

/** A storage in its place as a file name. */
export function placeSlug(scenario: Scenario, storageIndex: number, kernel: string | null): string {
  return placeLabel(scenario, storageIndex, kernel)
    .replaceAll(/[^A-Za-z0-9=_.^-]+/g, '-')
    .slice(0, 80);
}
