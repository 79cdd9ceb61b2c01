/** Disks whose size nobody named: as large as the setup needs. */
import { statSync } from 'node:fs';
import { diskSizeBytes } from '../attach/file-system.js';
import type { LoadedScenario } from '../scenario/load.js';
import { diskNames } from '../scenario/nodes.js';
import { withStorage } from '../scenario/with-storage.js';
import { UsageError } from '../verdict/errors.js';

/** A larger one has to be asked for. */
const mostBytes = 1024 ** 3;

/** The setup failed, and said that its disk was full. */
export class DiskFullError extends UsageError {}

export function saysFull(lines: readonly string[]): boolean {
  return lines.some((line) => /No space left on device|ENOSPC/.test(line));
}

/** Whether the user says how large the disk is. */
export function namesSize({ scenario }: LoadedScenario, storageIndex: number): boolean {
  return scenario.storage[storageIndex]!.size !== undefined;
}

/** The scenario with disks twice as large; null where they are large already. */
export function withLargerDisk(loaded: LoadedScenario, storageIndex: number): LoadedScenario | null {
  const sizeBytes = 2 * diskSizeBytes(loaded.scenario.storage[storageIndex]!);
  return sizeBytes > mostBytes ? null : withSize(loaded, storageIndex, sizeBytes);
}

/** The scenario with disks as large as in an image that a recording of it left. */
export function withDiskOf(image: string, loaded: LoadedScenario, storageIndex: number): LoadedScenario {
  const sizeBytes = statSync(image).size / diskNames(loaded.scenario).length;
  const isSo = sizeBytes === diskSizeBytes(loaded.scenario.storage[storageIndex]!);
  return isSo ? loaded : withSize(loaded, storageIndex, sizeBytes);
}

function withSize(loaded: LoadedScenario, storageIndex: number, size: number): LoadedScenario {
  return withStorage(loaded, storageIndex, {
    understood: (storage) => ({ ...storage, size }),
    written: (storage) => ({ ...storage, size }),
  });
}
