import { cpSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from '../../../vm/image/cache.js';

/** Where the tests' guest is. */
export const testGuest = join(import.meta.dirname, '../../../../test/vm/image/guest');

/**
 * A cache without images in `folder`, that need not download what the user's cache has. Returns the value for
 * XDG_CACHE_HOME.
 */
export function ownCache(folder: string): string {
  const own = join(folder, 'plugpull/vm');
  mkdirSync(own, { recursive: true });
  for (const name of ['debs', 'latest']) {
    if (existsSync(join(cacheFolder(), name))) {
      cpSync(join(cacheFolder(), name), join(own, name), { recursive: true });
    }
  }
  return folder;
}
