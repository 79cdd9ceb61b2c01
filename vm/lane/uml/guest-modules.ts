import { layerModules } from '../../../harness/scenario/schema/layers.js';
import type { Storage } from '../../../harness/scenario/schema/storage.js';

/** Kernel modules that a guest needs for a storage, by their names. */
export function guestModules({ fs, layers }: Pick<Storage, 'fs' | 'layers'>): string[] {
  return [...new Set([fs, ...layerModules(layers)])];
}
