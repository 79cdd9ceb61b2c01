import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The top of the repository a folder is in; the folder itself where there is none. */
export function repositoryAround(folder: string): string {
  for (let at = folder; ; at = dirname(at)) {
    if (existsSync(join(at, '.git'))) return at;
    if (at === dirname(at)) return folder;
  }
}
