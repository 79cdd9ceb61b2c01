import type { Storage } from '../scenario/schema/storage.js';
import { modelsDescribing } from './model-catalogue.js';
import type { PersistenceModel } from './persistence-model.js';

/** The models whose word a storage has to keep, and why there is none where there is none. */
export interface Description {
  models: PersistenceModel[];
  lack: string | null;
}

/**
 * Models speak of a file system as it was made, on an honest disk.
 * @param features as its superblock has them @param others models besides the built-in ones: names or files
 */
export function modelsOfStorage(
  storage: Storage,
  features: readonly string[],
  others: readonly string[],
): Description {
  const lack = otherThanModelled(storage);
  if (lack !== null) return { models: [], lack };
  const options = storage.mount.flatMap((word) => word.split(','));
  const models = modelsDescribing({ fs: storage.fs, options, features }, others);
  return { models, lack: models.length > 0 ? null : 'no model describes this storage' };
}

function otherThanModelled({ mount, disk, layers }: Storage): string | null {
  if (layers.length > 0) return 'models describe a file system without layers';
  if (disk.cache === 'lying') return 'the disk lies about flushes';
  if (disk.faults.length > 0) return 'the disk has faults';
  const unsafe = mount.find((option) => ['nobarrier', 'barrier=0'].includes(option));
  return unsafe === undefined ? null : `mounted with ${unsafe}, the file system does not flush the disk`;
}
