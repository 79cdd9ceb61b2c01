import { existsSync, realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';

/**
 * The trace folder that a path means: itself, or the one inside a run's folder. Without symbolic links, because the
 * link `latest` soon leads to the results that are about to be made.
 */
export function traceFolderOf(path: string): string {
  const folder = existsSync(path) ? realpathSync(path) : resolve(path);
  const inside = join(folder, 'trace');
  return !existsSync(join(folder, 'manifest.json')) && existsSync(join(inside, 'manifest.json'))
    ? inside
    : folder;
}
