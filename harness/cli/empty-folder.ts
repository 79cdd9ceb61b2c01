import { readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { UsageError } from '../verdict/errors.js';

/**
 * The folder an option names, absolute, when nothing in it can be overwritten or hidden.
 * @param mustExist a mount point has to be there; a folder to write into is made
 */
export function emptyFolder(option: string, path: string, { mustExist = false } = {}): string {
  const folder = resolve(path);
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' && !mustExist) return folder;
    const found = code === 'ENOENT' ? 'no such folder; make it with mkdir' : `${code}`;
    throw new UsageError(`--${option} ${path}: expected an empty folder, found ${found}`);
  }
  if (names.length > 0) {
    throw new UsageError(
      `--${option} ${path}: expected an empty folder, found ${names.length} ${names.length === 1 ? 'entry' : 'entries'} in it (${names[0]}); name another`,
    );
  }
  return folder;
}
