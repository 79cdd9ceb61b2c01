import { layerModules } from '../../../harness/scenario/layers.js';
import type { Storage } from '../../../harness/scenario/schema.js';

/** Kernel modules that a guest needs for a storage, by their names. */
export function guestModules({ fs, layers }: Pick<Storage, 'fs' | 'layers'>): string[] {
  return [...new Set([fs, ...layerModules(layers)])];
}
