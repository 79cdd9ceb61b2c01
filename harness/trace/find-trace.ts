import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** The trace folder that a path means: itself, or the one inside a run's folder. */
export function traceFolderOf(path: string): string {
  const folder = resolve(path);
  const inside = join(folder, 'trace');
  return !existsSync(join(folder, 'manifest.json')) && existsSync(join(inside, 'manifest.json'))
    ? inside
    : folder;
}
