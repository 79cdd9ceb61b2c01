import { cpSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from '../../../vm/image/cache.js';

/** Where the tests' guest is. */
export const testGuest = join(import.meta.dirname, '../../../../test/vm/image/guest');

/** What images are built of here: the user's cache may hold much more. */
const built = /^(?:kernel-cloud@bookworm|root-debian)-/;

/**
 * A cache without images in `folder`, that need not download what the user's cache has. Returns the value for
 * XDG_CACHE_HOME.
 */
export function ownCache(folder: string, { downloads = true }: { downloads?: boolean } = {}): string {
  const own = join(folder, 'plugpull/vm');
  const copy = (path: string): void => {
    if (existsSync(join(cacheFolder(), path))) cpSync(join(cacheFolder(), path), join(own, path));
  };
  const notes = existsSync(join(cacheFolder(), 'latest')) ? readdirSync(join(cacheFolder(), 'latest')) : [];
  for (const note of notes.filter((name) => built.test(name))) {
    copy(join('latest', note));
    if (!downloads) continue;
    const { packages } = JSON.parse(readFileSync(join(cacheFolder(), 'latest', note), 'utf8')) as {
      packages: { file: string }[];
    };
    for (const { file } of packages) copy(join('debs', file));
  }
  return folder;
}
