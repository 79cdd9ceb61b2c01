import { resolve } from 'node:path';
import { UnavailableError } from '../verdict/errors.js';

/** @throws UnavailableError where a shell still stands in a folder that was removed, or whose path is too long */
export function requireCurrentFolder(): void {
  try {
    process.cwd();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const found = code === 'ERANGE' ? 'one whose path is too long' : `none (${code})`;
    throw new UnavailableError(
      `the current folder: expected one that is there and has a path, found ${found}; cd elsewhere`,
    );
  }
}

/** Folders that are named from where the command is called: what it starts stands elsewhere. */
export function namedFromHere(): void {
  for (const name of ['PLUGPULL_STATE_DIR', 'TMPDIR', 'XDG_RUNTIME_DIR', 'XDG_CACHE_HOME']) {
    const folder = process.env[name];
    if (folder && !folder.startsWith('/')) process.env[name] = resolve(folder);
  }
}
